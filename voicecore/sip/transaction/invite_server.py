"""INVITE server transaction, RFC 3261 section 17.2.1 as updated by RFC 6026. No I/O, no clock."""

from __future__ import annotations

from enum import auto

from voicecore.errors import UsageError
from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.output import Send, Signal, TransactionOutput
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.transaction.timing import Timing


class State(Symbol):
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Input(Symbol):
    INVITE = auto()
    """A repeat from the peer; the first one created the transaction."""
    ACK = auto()
    SEND_1XX = auto()
    SEND_2XX = auto()
    SEND_FAILURE = auto()
    TIMER_G = auto()
    """Repeat the failure."""
    TIMER_H = auto()
    """No ACK came for the failure."""
    TIMER_I = auto()
    """Repeats of the ACK were absorbed long enough."""
    TIMER_L = auto()
    """Repeats of the INVITE were absorbed long enough after a 2xx."""


# RFC 3261, figure 7, with RFC 6026, 7.1.
TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.PROCEEDING, Input.INVITE): State.PROCEEDING,
    (State.PROCEEDING, Input.SEND_1XX): State.PROCEEDING,
    (State.PROCEEDING, Input.SEND_2XX): State.ACCEPTED,
    (State.PROCEEDING, Input.SEND_FAILURE): State.COMPLETED,
    (State.ACCEPTED, Input.INVITE): State.ACCEPTED,
    (State.ACCEPTED, Input.ACK): State.ACCEPTED,
    (State.ACCEPTED, Input.SEND_2XX): State.ACCEPTED,
    (State.ACCEPTED, Input.TIMER_L): State.TERMINATED,
    (State.COMPLETED, Input.INVITE): State.COMPLETED,
    (State.COMPLETED, Input.TIMER_G): State.COMPLETED,
    (State.COMPLETED, Input.TIMER_H): State.TERMINATED,
    (State.COMPLETED, Input.ACK): State.CONFIRMED,
    (State.CONFIRMED, Input.ACK): State.CONFIRMED,
    (State.CONFIRMED, Input.TIMER_I): State.TERMINATED,
}


class InviteServerTransaction:
    """`DELIVER` is only said of an ACK in ACCEPTED: some peers reuse the INVITE's branch for it."""

    __slots__ = ("_gap", "_output", "_response", "_timers", "_timing", "state")

    def __init__(self, timing: Timing) -> None:
        self.state = State.PROCEEDING
        self._timing = timing
        self._timers: Timers[Input] = Timers()
        self._gap = timing.t1
        self._response = b""
        self._output: tuple[TransactionOutput, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.state is State.TERMINATED

    def receive(self, what: Input, now: float) -> None:
        """A message from the peer. One that this state has no use for is ignored."""
        if (after := TRANSITIONS.get((self.state, what))) is not None:
            self._step(what, after, now)

    def respond(self, status: int, response: bytes, now: float) -> None:
        """A response of ours. `UsageError` where the state does not allow it."""
        what = Input.SEND_1XX if status < 200 else Input.SEND_2XX if status < 300 else Input.SEND_FAILURE
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            raise UsageError(f"{what.name} in {self.state.name}")
        self._response = response
        self._step(what, after, now)

    def handle_timer(self, now: float) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            self.receive(what, now)

    def next_timer(self) -> float | None:
        return self._timers.next()

    def poll(self) -> list[TransactionOutput]:
        output, self._output = self._output, ()
        return list(output)

    def _step(self, what: Input, after: State, now: float) -> None:
        before, self.state = self.state, after
        match what:
            case Input.SEND_1XX | Input.SEND_2XX | Input.SEND_FAILURE | Input.TIMER_G:
                self._output += (Send(self._response),)
            case Input.INVITE if before is not State.ACCEPTED and self._response:
                self._output += (Send(self._response),)
            case Input.ACK if before is State.ACCEPTED:
                self._output += (Signal.DELIVER,)
            case Input.TIMER_H:
                self._output += (Signal.TIMED_OUT,)
        if what is Input.TIMER_G:
            self._gap = min(self._gap * 2, self._timing.t2)
            self._timers.arm(Input.TIMER_G, now + self._gap)
        if self.state is State.ACCEPTED:
            self._response = b""
        if self.state is not before:
            self._timers.replace(self._timers_of(self.state, now))

    def _timers_of(self, state: State, now: float) -> dict[Input, float]:
        timing = self._timing
        match state:
            case State.ACCEPTED:
                return {Input.TIMER_L: timing.until(now + timing.timeout)}
            case State.COMPLETED:
                if timing.is_reliable:
                    return {Input.TIMER_H: now + timing.timeout}
                return {Input.TIMER_G: now + timing.t1, Input.TIMER_H: now + timing.timeout}
            case State.CONFIRMED:
                return {Input.TIMER_I: timing.linger(now, timing.t4)}
        return {}
