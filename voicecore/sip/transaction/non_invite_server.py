"""Non-INVITE server transaction, RFC 3261 section 17.2.2. No I/O, no clock."""

from __future__ import annotations

from enum import auto

from voicecore.errors import UsageError
from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.output import Send, TransactionOutput
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.transaction.timing import Timing


class State(Symbol):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Symbol):
    REQUEST = auto()
    """A repeat from the peer; the first one created the transaction."""
    SEND_1XX = auto()
    SEND_FINAL = auto()
    TIMER_J = auto()
    """Repeats of the request were answered long enough."""


# RFC 3261, figure 8.
TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.TRYING, Input.REQUEST): State.TRYING,
    (State.TRYING, Input.SEND_1XX): State.PROCEEDING,
    (State.TRYING, Input.SEND_FINAL): State.COMPLETED,
    (State.PROCEEDING, Input.REQUEST): State.PROCEEDING,
    (State.PROCEEDING, Input.SEND_1XX): State.PROCEEDING,
    (State.PROCEEDING, Input.SEND_FINAL): State.COMPLETED,
    (State.COMPLETED, Input.REQUEST): State.COMPLETED,
    (State.COMPLETED, Input.TIMER_J): State.TERMINATED,
}


class NonInviteServerTransaction:
    __slots__ = ("_output", "_response", "_timers", "_timing", "state")

    def __init__(self, timing: Timing) -> None:
        self.state = State.TRYING
        self._timing = timing
        self._timers: Timers[Input] = Timers()
        self._response = b""
        self._output: tuple[TransactionOutput, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.state is State.TERMINATED

    def receive(self, now: float) -> None:
        """The request again: the last response, if there is one, answers it again."""
        self._take(Input.REQUEST, now)

    def respond(self, status: int, response: bytes, now: float) -> None:
        """A response of ours. `UsageError` where the state does not allow it."""
        what = Input.SEND_1XX if status < 200 else Input.SEND_FINAL
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            raise UsageError(f"{what.name} in {self.state.name}")
        self._response = response
        self._step(what, after, now)

    def handle_timer(self, now: float) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            self._take(what, now)

    def next_timer(self) -> float | None:
        return self._timers.next()

    def poll(self) -> list[TransactionOutput]:
        output, self._output = self._output, ()
        return list(output)

    def _take(self, what: Input, now: float) -> None:
        if (after := TRANSITIONS.get((self.state, what))) is not None:
            self._step(what, after, now)

    def _step(self, what: Input, after: State, now: float) -> None:
        before, self.state = self.state, after
        if what is not Input.TIMER_J and self._response:
            self._output += (Send(self._response),)
        if self.state is not before:
            completed = self.state is State.COMPLETED
            timing = self._timing
            self._timers.replace({Input.TIMER_J: timing.linger(now, timing.timeout)} if completed else {})
