"""Non-INVITE client transaction, RFC 3261 section 17.1.2. No I/O, no clock."""

from __future__ import annotations

from enum import auto

from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.output import Send, Signal, TransactionOutput
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.transaction.timing import Timing


class State(Symbol):
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Symbol):
    RECEIVE_1XX = auto()
    RECEIVE_FINAL = auto()
    TRANSPORT_ERROR = auto()
    TIMER_E = auto()
    """Repeat the request."""
    TIMER_F = auto()
    """No final response."""
    TIMER_K = auto()
    """Repeats of the response were absorbed long enough."""


# RFC 3261, figure 6.
TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.TRYING, Input.TIMER_E): State.TRYING,
    (State.TRYING, Input.TIMER_F): State.TERMINATED,
    (State.TRYING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.TRYING, Input.RECEIVE_1XX): State.PROCEEDING,
    (State.TRYING, Input.RECEIVE_FINAL): State.COMPLETED,
    (State.PROCEEDING, Input.TIMER_E): State.PROCEEDING,
    (State.PROCEEDING, Input.TIMER_F): State.TERMINATED,
    (State.PROCEEDING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.PROCEEDING, Input.RECEIVE_1XX): State.PROCEEDING,
    (State.PROCEEDING, Input.RECEIVE_FINAL): State.COMPLETED,
    (State.COMPLETED, Input.TIMER_K): State.TERMINATED,
}


class NonInviteClientTransaction:
    """Made by sending the request: the first `poll` holds it."""

    __slots__ = ("_gap", "_output", "_request", "_timers", "_timing", "state")

    def __init__(self, request: bytes, now: float, timing: Timing) -> None:
        self.state = State.TRYING
        self._timing = timing
        self._request = request
        self._gap = timing.t1
        self._timers = Timers({Input.TIMER_F: now + timing.timeout})
        if not timing.is_reliable:
            self._timers.arm(Input.TIMER_E, now + timing.t1)
        self._output: tuple[TransactionOutput, ...] = (Send(request),)

    @property
    def is_over(self) -> bool:
        return self.state is State.TERMINATED

    def receive(self, status: int, now: float) -> None:
        """A response from the peer. One that this state has no use for is ignored."""
        self._take(Input.RECEIVE_1XX if status < 200 else Input.RECEIVE_FINAL, now)

    def transport_failed(self, now: float) -> None:
        self._take(Input.TRANSPORT_ERROR, now)

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
        self.state = after
        match what:
            case Input.TIMER_E:
                self._output += (Send(self._request),)
                # RFC 3261, 17.1.2.2: a provisional slows the repeats to T2.
                slow = self.state is State.PROCEEDING
                self._gap = self._timing.t2 if slow else min(self._gap * 2, self._timing.t2)
                self._timers.arm(Input.TIMER_E, now + self._gap)
            case Input.RECEIVE_1XX:
                self._output += (Signal.DELIVER,)
            case Input.RECEIVE_FINAL:
                self._request = b""
                self._output += (Signal.DELIVER,)
                self._timers.replace({Input.TIMER_K: self._timing.linger(now, self._timing.t4)})
            case Input.TIMER_F:
                self._output += (Signal.TIMED_OUT,)
                self._timers.replace({})
            case Input.TRANSPORT_ERROR:
                self._output += (Signal.UNREACHABLE,)
                self._timers.replace({})
