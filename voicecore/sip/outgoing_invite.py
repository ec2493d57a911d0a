"""An INVITE of ours until it is settled, with the CANCEL that may cross its answer (RFC 3261, 9.1, 13.2)."""

from __future__ import annotations

from enum import Enum, auto

from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.timers import Timers


class State(Symbol):
    CALLING = auto()
    PROCEEDING = auto()
    BACKING_OFF = auto()
    """A re-INVITE met the peer's; it is sent again in a while (RFC 3261, 14.1)."""
    CANCEL_WANTED = auto()
    """To be cancelled as soon as a provisional shows that the peer knows the INVITE."""
    CANCELLING = auto()
    ANSWERED = auto()
    """A 2xx was taken; another fork's is one too many."""
    REFUSING = auto()
    """A 2xx crossed the CANCEL, and every further one does too."""
    OVER = auto()


class Input(Symbol):
    RECEIVE_1XX = auto()
    RECEIVE_2XX = auto()
    FAIL = auto()
    """3xx-6xx, timer B, or the transport."""
    SEND_AGAIN = auto()
    """Refused for the lack of credentials, or of some other thing that a further INVITE carries."""
    BACK_OFF = auto()
    CANCEL = auto()
    TIMER_RETRY = auto()
    TIMER_RING = auto()
    """It rang for too long."""
    TIMER_GIVE_UP = auto()
    """The CANCEL led to no final response for 64*T1."""


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.CALLING, Input.RECEIVE_1XX): State.PROCEEDING,
    (State.CALLING, Input.RECEIVE_2XX): State.ANSWERED,
    (State.CALLING, Input.FAIL): State.OVER,
    (State.CALLING, Input.SEND_AGAIN): State.CALLING,
    (State.CALLING, Input.CANCEL): State.CANCEL_WANTED,
    (State.PROCEEDING, Input.RECEIVE_1XX): State.PROCEEDING,
    (State.PROCEEDING, Input.RECEIVE_2XX): State.ANSWERED,
    (State.PROCEEDING, Input.FAIL): State.OVER,
    (State.PROCEEDING, Input.SEND_AGAIN): State.CALLING,
    (State.CALLING, Input.BACK_OFF): State.BACKING_OFF,
    (State.PROCEEDING, Input.BACK_OFF): State.BACKING_OFF,
    (State.BACKING_OFF, Input.TIMER_RETRY): State.CALLING,
    (State.BACKING_OFF, Input.CANCEL): State.OVER,
    (State.BACKING_OFF, Input.FAIL): State.OVER,
    (State.PROCEEDING, Input.CANCEL): State.CANCELLING,
    (State.PROCEEDING, Input.TIMER_RING): State.CANCELLING,
    (State.CANCEL_WANTED, Input.RECEIVE_1XX): State.CANCELLING,
    (State.CANCEL_WANTED, Input.RECEIVE_2XX): State.REFUSING,
    (State.CANCEL_WANTED, Input.FAIL): State.OVER,
    (State.CANCELLING, Input.RECEIVE_1XX): State.CANCELLING,
    (State.CANCELLING, Input.RECEIVE_2XX): State.REFUSING,
    (State.CANCELLING, Input.FAIL): State.OVER,
    (State.CANCELLING, Input.TIMER_GIVE_UP): State.OVER,
    (State.ANSWERED, Input.RECEIVE_2XX): State.ANSWERED,
    (State.REFUSING, Input.RECEIVE_2XX): State.REFUSING,
}


class Effect(Enum):
    """What has to be done about it."""

    PROGRESS = auto()
    ANSWER = auto()
    """Acknowledge this 2xx and tell the owner."""
    DECLINE = auto()
    """Acknowledge this 2xx and hang up on it: another fork's was taken, or refused."""
    CROSSED = auto()
    """This 2xx crossed our CANCEL."""
    FAIL = auto()
    RETRY = auto()
    """The wait is over: send it again, if that still makes sense."""
    SEND_CANCEL = auto()
    GIVE_UP = auto()
    """Drop the transaction and tell the owner."""


class OutgoingInvite:
    __slots__ = ("_output", "_ring_limit", "_timeout", "_timers", "state")

    def __init__(self, timeout: float, ring_limit: float) -> None:
        """`timeout` (64*T1) and `ring_limit` in seconds."""
        self.state = State.CALLING
        self._timeout = timeout
        self._ring_limit = ring_limit
        self._timers: Timers[Input] = Timers()
        self._output: list[Effect] = []

    @property
    def is_over(self) -> bool:
        return self.state is State.OVER

    def receive(self, what: Input, now: float) -> bool:
        """Step the table. False where this state has no use for the input."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self._step(what, after, now)
        return True

    def back_off(self, seconds: float, now: float) -> bool:
        """Wait before the next try. False where the INVITE was taken back meanwhile."""
        if not self.receive(Input.BACK_OFF, now):
            return False
        self._timers.replace({Input.TIMER_RETRY: now + seconds})
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
        match what, self.state:
            case Input.RECEIVE_1XX, State.PROCEEDING:
                self._output.append(Effect.PROGRESS)
                self._timers.arm(Input.TIMER_RING, now + self._ring_limit)
            case Input.RECEIVE_2XX, State.ANSWERED if before is not State.ANSWERED:
                self._output.append(Effect.ANSWER)
            case Input.RECEIVE_2XX, State.REFUSING if before is not State.REFUSING:
                self._output.append(Effect.CROSSED)
            case Input.RECEIVE_2XX, _:
                self._output.append(Effect.DECLINE)
            case Input.TIMER_RETRY, _:
                self._output.append(Effect.RETRY)
            case (Input.FAIL, _) | (Input.CANCEL, State.OVER):
                self._output.append(Effect.FAIL)
            case Input.TIMER_GIVE_UP, _:
                self._output.append(Effect.GIVE_UP)
        if self.state is before:
            return
        self._timers_of_entered(now)

    def _timers_of_entered(self, now: float) -> None:
        match self.state:
            case State.CANCELLING:
                self._output.append(Effect.SEND_CANCEL)
                self._timers.replace({Input.TIMER_GIVE_UP: now + self._timeout})
            case State.PROCEEDING:
                self._timers.replace({Input.TIMER_RING: now + self._ring_limit})
            case _:
                self._timers.replace({})
