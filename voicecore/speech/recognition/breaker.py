"""When an engine that fails is left alone, so that no caller waits for it in vain. Pure."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from voicecore.clock import Instant

FAILURES: Final = 3
"""In a row, after which it rests."""

REST_S: Final = 30.0


class State(Enum):
    CLOSED = auto()
    """It is used."""
    OPEN = auto()
    """It rests."""
    HALF_OPEN = auto()
    """It has rested, and is tried."""


class Input(Enum):
    WORKED = auto()
    FAILED = auto()
    FAILED_OFTEN = auto()
    """The last of FAILURES."""
    RESTED = auto()


TRANSITIONS: Final[dict[tuple[State, Input], State]] = {
    (State.CLOSED, Input.WORKED): State.CLOSED,
    (State.CLOSED, Input.FAILED): State.CLOSED,
    (State.CLOSED, Input.FAILED_OFTEN): State.OPEN,
    (State.OPEN, Input.WORKED): State.OPEN,  # an answer that was still on its way
    (State.OPEN, Input.FAILED): State.OPEN,
    (State.OPEN, Input.FAILED_OFTEN): State.OPEN,
    (State.OPEN, Input.RESTED): State.HALF_OPEN,
    (State.HALF_OPEN, Input.WORKED): State.CLOSED,
    (State.HALF_OPEN, Input.FAILED): State.OPEN,
    (State.HALF_OPEN, Input.FAILED_OFTEN): State.OPEN,
}


class Breaker:
    """One for an engine. `allows` is asked before it is used; `worked` and `failed` tell how that went."""

    def __init__(self) -> None:
        self.state = State.CLOSED
        self._failures = 0
        self._until: Instant = 0.0

    def allows(self, now: Instant) -> bool:
        if self.state is State.OPEN and now >= self._until:
            self._step(Input.RESTED, now)
        return self.state is not State.OPEN

    def rest_s(self, now: Instant) -> float:
        """Seconds until it may be tried."""
        return max(0.0, self._until - now) if self.state is State.OPEN else 0.0

    def worked(self, now: Instant) -> None:
        if self.state is not State.OPEN:
            self._failures = 0
        self._step(Input.WORKED, now)

    def failed(self, now: Instant) -> None:
        self._failures += 1
        self._step(Input.FAILED_OFTEN if self._failures >= FAILURES else Input.FAILED, now)

    def _step(self, input: Input, now: Instant) -> None:
        before, self.state = self.state, TRANSITIONS[self.state, input]
        if self.state is State.OPEN and before is not State.OPEN:
            self._until = now + REST_S
