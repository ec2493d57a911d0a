"""INVITE client transaction, RFC 3261 section 17.1.1 as updated by RFC 6026. No I/O, no clock."""

from __future__ import annotations

from enum import auto

from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.output import Send, Signal, TransactionOutput
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.transaction.timing import Timing


class State(Symbol):
    CALLING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Symbol):
    RECEIVE_1XX = auto()
    RECEIVE_2XX = auto()
    RECEIVE_FAILURE = auto()
    TRANSPORT_ERROR = auto()
    ABANDON = auto()
    """Our own wish: 64*T1 passed after a CANCEL without a final response (RFC 3261, 9.1)."""
    TIMER_A = auto()
    """Repeat the INVITE."""
    TIMER_B = auto()
    """No response at all."""
    TIMER_D = auto()
    """Repeats of the failure were acknowledged long enough."""
    TIMER_M = auto()
    """Repeats of the 2xx, and 2xx of other forks, were passed up long enough."""


# RFC 3261, figure 5, with RFC 6026, 7.2. ABANDON is RFC 3261, 9.1.
TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.CALLING, Input.TIMER_A): State.CALLING,
    (State.CALLING, Input.TIMER_B): State.TERMINATED,
    (State.CALLING, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.CALLING, Input.ABANDON): State.TERMINATED,
    (State.CALLING, Input.RECEIVE_1XX): State.PROCEEDING,
    (State.CALLING, Input.RECEIVE_2XX): State.ACCEPTED,
    (State.CALLING, Input.RECEIVE_FAILURE): State.COMPLETED,
    (State.PROCEEDING, Input.ABANDON): State.TERMINATED,
    (State.PROCEEDING, Input.RECEIVE_1XX): State.PROCEEDING,
    (State.PROCEEDING, Input.RECEIVE_2XX): State.ACCEPTED,
    (State.PROCEEDING, Input.RECEIVE_FAILURE): State.COMPLETED,
    (State.ACCEPTED, Input.RECEIVE_2XX): State.ACCEPTED,
    (State.ACCEPTED, Input.TIMER_M): State.TERMINATED,
    (State.COMPLETED, Input.RECEIVE_FAILURE): State.COMPLETED,
    (State.COMPLETED, Input.TRANSPORT_ERROR): State.TERMINATED,
    (State.COMPLETED, Input.TIMER_D): State.TERMINATED,
}


class InviteClientTransaction:
    """Made by sending the INVITE: the first `poll` holds it."""

    __slots__ = ("_gap", "_output", "_request", "_timers", "_timing", "state")

    def __init__(self, request: bytes, now: float, timing: Timing) -> None:
        self.state = State.CALLING
        self._timing = timing
        self._request = request
        self._gap = timing.t1
        self._timers = Timers({Input.TIMER_B: now + timing.timeout})
        if not timing.is_reliable:
            self._timers.arm(Input.TIMER_A, now + timing.t1)
        self._output: tuple[TransactionOutput, ...] = (Send(request),)

    @property
    def is_over(self) -> bool:
        return self.state is State.TERMINATED

    def receive(self, status: int, now: float) -> None:
        """A response from the peer. One that this state has no use for is ignored."""
        self._take(
            Input.RECEIVE_1XX
            if status < 200
            else Input.RECEIVE_2XX
            if status < 300
            else Input.RECEIVE_FAILURE,
            now,
        )

    def transport_failed(self, now: float) -> None:
        self._take(Input.TRANSPORT_ERROR, now)

    def abandon(self, now: float) -> None:
        """Stop waiting for a final response. Nothing happens where one was received already."""
        self._take(Input.ABANDON, now)

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
        match what:
            case Input.TIMER_A:
                self._output += (Send(self._request),)
                # RFC 3261, 17.1.1.2: doubled without a cap, unlike timer E.
                self._gap *= 2
                self._timers.arm(Input.TIMER_A, now + self._gap)
            case Input.RECEIVE_1XX | Input.RECEIVE_2XX:
                self._output += (Signal.DELIVER,)
            case Input.RECEIVE_FAILURE:
                self._output += (Signal.ACKNOWLEDGE,)
                if before is not State.COMPLETED:
                    self._output += (Signal.DELIVER,)
            case Input.TIMER_B:
                self._output += (Signal.TIMED_OUT,)
            case Input.TRANSPORT_ERROR:
                self._output += (Signal.UNREACHABLE,)
        if self.state is not before:
            self._timers.replace(self._timers_of(self.state, now))

    def _timers_of(self, state: State, now: float) -> dict[Input, float]:
        match state:
            case State.ACCEPTED:
                return {Input.TIMER_M: self._timing.until(now + self._timing.timeout)}
            case State.COMPLETED:
                return {Input.TIMER_D: self._timing.linger(now, self._timing.timeout)}
        return {}
