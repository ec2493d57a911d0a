"""An INVITE of the peer until it is settled: answered and acknowledged, refused, or taken back.

Repeats the 2xx until its ACK (RFC 3261, 13.3.1.4) and a provisional every minute (13.3.1.1).
"""

from __future__ import annotations

from enum import Enum, auto

from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.timers import Timers
from voicecore.sip.transaction.timing import Timing

PROVISIONAL_INTERVAL = 60.0
"""Seconds (RFC 3261, 13.3.1.1): proxies on the way give up after three minutes of silence."""


class State(Symbol):
    PENDING = auto()
    HOLDING = auto()
    """Answered by its owner; the 2xx waits for a PRACK (RFC 3262, 3)."""
    ANSWERED = auto()
    """2xx sent, no ACK yet."""
    HANGING_UP = auto()
    """Answered, and we want to hang up: BYE has to wait for the ACK (RFC 3261, 15)."""
    OVER = auto()


class Input(Symbol):
    SEND_1XX = auto()
    HOLD_2XX = auto()
    SEND_2XX = auto()
    SEND_FAILURE = auto()
    CANCEL = auto()
    BYE = auto()
    """The peer hung up on the dialog of this INVITE."""
    ACK = auto()
    HANG_UP = auto()
    PRACK_MISSING = auto()
    TIMER_EXPIRED = auto()
    """The peer gave the INVITE only so long (RFC 3261, 13.3.1)."""
    TIMER_REFRESH = auto()
    TIMER_REPEAT = auto()
    TIMER_NO_ACK = auto()


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.PENDING, Input.SEND_1XX): State.PENDING,
    (State.PENDING, Input.TIMER_REFRESH): State.PENDING,
    (State.PENDING, Input.SEND_2XX): State.ANSWERED,
    (State.PENDING, Input.SEND_FAILURE): State.OVER,
    (State.PENDING, Input.CANCEL): State.OVER,
    (State.PENDING, Input.BYE): State.OVER,
    (State.PENDING, Input.PRACK_MISSING): State.OVER,
    (State.PENDING, Input.TIMER_EXPIRED): State.OVER,
    (State.PENDING, Input.HOLD_2XX): State.HOLDING,
    (State.HOLDING, Input.TIMER_REFRESH): State.HOLDING,
    (State.HOLDING, Input.SEND_2XX): State.ANSWERED,
    (State.HOLDING, Input.HANG_UP): State.OVER,
    (State.HOLDING, Input.PRACK_MISSING): State.OVER,
    (State.HOLDING, Input.CANCEL): State.OVER,
    (State.HOLDING, Input.BYE): State.OVER,
    (State.ANSWERED, Input.TIMER_REPEAT): State.ANSWERED,
    (State.ANSWERED, Input.ACK): State.OVER,
    (State.ANSWERED, Input.TIMER_NO_ACK): State.OVER,
    (State.ANSWERED, Input.BYE): State.OVER,
    (State.ANSWERED, Input.HANG_UP): State.HANGING_UP,
    (State.HANGING_UP, Input.TIMER_REPEAT): State.HANGING_UP,
    (State.HANGING_UP, Input.ACK): State.OVER,
    (State.HANGING_UP, Input.TIMER_NO_ACK): State.OVER,
    (State.HANGING_UP, Input.BYE): State.OVER,
}


class Effect(Enum):
    """What has to be done about it."""

    REPEAT = auto()
    """Send the last response again."""
    REFUSE = auto()
    """Answer 487 and tell the owner: the peer took it back, or gave it no more time."""
    NO_ACK = auto()
    """The 2xx was never acknowledged: BYE, and tell the owner."""
    HANG_UP = auto()
    """The BYE that waited may go."""
    TIME_OUT = auto()
    """Answer 504 and tell the owner: no PRACK came."""
    WITHDRAW = auto()
    """Hung up before the 2xx went out: answer 480 in its place."""


class IncomingInvite:
    __slots__ = ("_gap", "_output", "_timers", "_timing", "state")

    def __init__(self, timing: Timing) -> None:
        self.state = State.PENDING
        self._timing = timing
        self._timers: Timers[Input] = Timers()
        self._gap = timing.t1
        self._output: list[Effect] = []

    @property
    def is_over(self) -> bool:
        return self.state is State.OVER

    def expire(self, at: float) -> None:
        """Unless it is answered before."""
        self._timers.arm(Input.TIMER_EXPIRED, at)

    def respond(self, status: int, now: float) -> bool:
        """Whether a response may still be sent. False: the race was lost, it is settled."""
        if status < 200:
            return self.receive(Input.SEND_1XX, now)
        return self.receive(Input.SEND_2XX if status < 300 else Input.SEND_FAILURE, now)

    def receive(self, what: Input, now: float) -> bool:
        """Step the table. False where this state has no use for the input."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self._step(what, after, now)
        return True

    def handle_timer(self, now: float) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            self.receive(what, now)

    def next_timer(self) -> float | None:
        return self._timers.next()

    def poll(self) -> list[Effect]:
        output, self._output = self._output, []
        return output

    def _step(self, what: Input, after: State, now: float) -> None:
        before, self.state = self.state, after
        match what, before:
            case ((Input.TIMER_REFRESH | Input.TIMER_REPEAT), _):
                self._output.append(Effect.REPEAT)
            case ((Input.CANCEL | Input.BYE | Input.TIMER_EXPIRED), (State.PENDING | State.HOLDING)):
                self._output.append(Effect.REFUSE)
            case Input.TIMER_NO_ACK, State.ANSWERED:
                self._output.append(Effect.NO_ACK)
            case ((Input.ACK | Input.TIMER_NO_ACK), State.HANGING_UP):
                self._output.append(Effect.HANG_UP)
            case Input.PRACK_MISSING, _:
                self._output.append(Effect.TIME_OUT)
            case Input.HANG_UP, State.HOLDING:
                self._output.append(Effect.WITHDRAW)
        self._arm(what, now)

    def _arm(self, what: Input, now: float) -> None:
        match what:
            case Input.SEND_1XX | Input.TIMER_REFRESH:
                self._timers.arm(Input.TIMER_REFRESH, now + PROVISIONAL_INTERVAL)
            case Input.SEND_2XX:
                self._timers.replace(
                    {
                        Input.TIMER_REPEAT: now + self._timing.t1,
                        Input.TIMER_NO_ACK: now + self._timing.timeout,
                    }
                )
            case Input.TIMER_REPEAT:
                self._gap = min(self._gap * 2, self._timing.t2)
                self._timers.arm(Input.TIMER_REPEAT, now + self._gap)
        if self.state is State.OVER:
            self._timers.replace({})
