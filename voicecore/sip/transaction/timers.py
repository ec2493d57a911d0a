"""The few timers of one machine. They belong to the state that was entered, so leaving it forgets them."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")


class Timers(Generic[K]):
    """Due times by the input that each one becomes.

    One alone stands in the object itself: a transaction has no other while it only waits to be forgotten, and of those
    there are thousands, which the garbage collector goes through.
    """

    __slots__ = ("_at", "_more", "_what")

    def __init__(self, due: dict[K, float] | None = None) -> None:
        self._at = 0.0
        self._what: K | None = None
        self._more: dict[K, float] | None = None
        if due:
            self.replace(due)

    def replace(self, due: dict[K, float]) -> None:
        """A state was entered: its timers are these, and no others."""
        self._what = self._more = None
        if len(due) == 1:
            [(self._what, self._at)] = due.items()
        elif due:
            self._more = due

    def arm(self, what: K, at: float) -> None:
        if self._more is not None:
            self._more[what] = at
        elif self._what is None or self._what is what:
            self._what, self._at = what, at
        else:
            self._more = {self._what: self._at, what: at}
            self._what = None

    def pop_due(self, now: float) -> K | None:
        """The earliest timer that is due, once; `None` when there is none (left)."""
        if not self._more:
            if self._what is None or self._at > now:
                return None
            what, self._what = self._what, None
            return what
        what = min(self._more, key=self._more.__getitem__)
        if self._more[what] > now:
            return None
        del self._more[what]
        return what

    def next(self) -> float | None:
        if self._more:
            return min(self._more.values())
        return None if self._what is None else self._at
