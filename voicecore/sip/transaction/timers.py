"""The few timers of one machine. They belong to the state that was entered, so leaving it forgets them."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")


class Timers(Generic[K]):
    """Due times by the input that each one becomes."""

    __slots__ = ("_due",)

    def __init__(self, due: dict[K, float] | None = None) -> None:
        self._due: dict[K, float] = due or {}

    def replace(self, due: dict[K, float]) -> None:
        """A state was entered: its timers are these, and no others."""
        self._due = due

    def arm(self, what: K, at: float) -> None:
        self._due[what] = at

    def pop_due(self, now: float) -> K | None:
        """The earliest timer that is due, once; `None` when there is none (left)."""
        if not self._due:
            return None
        what = min(self._due, key=self._due.__getitem__)
        if self._due[what] > now:
            return None
        del self._due[what]
        return what

    def next(self) -> float | None:
        return min(self._due.values()) if self._due else None
