"""Watches how late the event loop runs what is due: the first sign of a program that has too much to do."""

from __future__ import annotations

import asyncio

from voicecore.trace.call_counts import Histogram

INTERVAL = 0.1
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class LoopWatch:
    """One timer, ten times a second. Create it inside a running loop."""

    def __init__(self) -> None:
        self.late_seconds = Histogram(BOUNDS)
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()
        self._timer = self._arm()

    def close(self) -> None:
        self._timer.cancel()

    def _arm(self) -> asyncio.TimerHandle:
        self._due = self._loop.time() + INTERVAL
        return self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self.late_seconds.observe(max(0.0, self._loop.time() - self._due))
        self._timer = self._arm()
