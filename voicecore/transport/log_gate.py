"""Keeps a flood out of the log: the same thing once in a while, with how often it was."""

from __future__ import annotations

PAUSE = 10.0
"""Seconds between two lines that say the same."""


class LogGate:
    """`what` comes from a closed set of ours, never from a peer, so the table stays small."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._times: dict[str, int] = {}

    def passes(self, what: str, now: float) -> int | None:
        """How often it was since the last line, this time included; None: say nothing."""
        times = self._times.get(what, 0) + 1
        if now < self._next.get(what, now):
            self._times[what] = times
            return None
        self._next[what] = now + PAUSE
        self._times[what] = 0
        return times
