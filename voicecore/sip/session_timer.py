"""A session timer (RFC 4028): one side refreshes the call at half its interval, the other ends it without.

Only times and turns. What a refresh is, and who agreed to it, is `session.py`.
"""

from __future__ import annotations

from enum import Enum, auto

from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.timers import Timers

MARGIN = 32.0
"""Seconds before its end, or a third of the interval if that is less, at which a call is given up (RFC 4028, 10)."""


class State(Symbol):
    OFF = auto()
    OURS = auto()
    """We refresh, at half the interval."""
    REFRESHING = auto()
    """Our refresh has no answer yet."""
    THEIRS = auto()
    """The peer refreshes."""


class Input(Symbol):
    START_OURS = auto()
    """A 2xx was sent or received that makes us the refresher."""
    START_THEIRS = auto()
    STOP = auto()
    """A 2xx without Session-Expires, or the call is over."""
    REFUSED = auto()
    """The refresh failed for now; there is time for another."""
    TIMER_REFRESH = auto()
    TIMER_EXPIRE = auto()


_RUNNING = (State.OURS, State.REFRESHING, State.THEIRS)

TRANSITIONS: dict[tuple[State, Input], State] = {
    **{(state, Input.START_OURS): State.OURS for state in State},
    **{(state, Input.START_THEIRS): State.THEIRS for state in State},
    **{(state, Input.STOP): State.OFF for state in _RUNNING},
    **{(state, Input.TIMER_EXPIRE): State.OFF for state in _RUNNING},
    (State.OURS, Input.TIMER_REFRESH): State.REFRESHING,
    (State.REFRESHING, Input.REFUSED): State.OURS,
}


class Effect(Enum):
    REFRESH = auto()
    EXPIRE = auto()
    """Nobody refreshed: BYE."""


class SessionTimer:
    __slots__ = ("_end", "_output", "_timers", "interval", "min_se", "peer_updates", "state")

    def __init__(self) -> None:
        self.state = State.OFF
        self.interval = 0
        """Seconds, as agreed last."""
        self.min_se = 0
        """The largest Min-SE that was heard in this dialog; 0: none."""
        self.peer_updates = False
        """Whether the peer's Allow lists UPDATE."""
        self._end = 0.0
        self._timers: Timers[Input] = Timers()
        self._output: list[Effect] = []

    @property
    def is_ours(self) -> bool:
        """Whether we are the refresher."""
        return self.state in (State.OURS, State.REFRESHING)

    def start(self, interval: int, now: float, *, is_ours: bool) -> None:
        """The call was set up or refreshed: the interval begins anew."""
        self.interval = interval
        self.receive(Input.START_OURS if is_ours else Input.START_THEIRS, now)

    def receive(self, what: Input, now: float) -> bool:
        """Step the table. False where this state has no use for the input."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self.state = after
        match what:
            case Input.START_OURS | Input.START_THEIRS:
                self._end = now + self.interval - min(MARGIN, self.interval / 3)
                self._timers.replace({Input.TIMER_EXPIRE: self._end})
                if after is State.OURS:
                    self._timers.arm(Input.TIMER_REFRESH, now + self.interval / 2)
            case Input.REFUSED:
                self._timers.arm(Input.TIMER_REFRESH, now + max(1.0, (self._end - now) / 2))
            case Input.STOP:
                self._timers.replace({})
            case Input.TIMER_REFRESH:
                self._output.append(Effect.REFRESH)
            case Input.TIMER_EXPIRE:
                self._timers.replace({})
                self._output.append(Effect.EXPIRE)
        return True

    def handle_timer(self, now: float) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            self.receive(what, now)

    def next_timer(self) -> float | None:
        return self._timers.next()

    def poll(self) -> list[Effect]:
        output, self._output = self._output, []
        return output
