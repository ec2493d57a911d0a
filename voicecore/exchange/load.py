"""How late the event loop runs what is due, second by second, for deciding whether the machine bears one more call."""

from __future__ import annotations

import asyncio

PERIOD_S = 0.1
KEPT = 11
"""Samples: their median counts. One stall is no overload; a loop that cannot keep up is late every time."""


class LoopLateness:
    """Asks to be woken ten times a second, and looks how late that was."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._late = [0.0] * KEPT
        self.seconds = 0.0
        self._next = 0
        self._due = self._loop.time() + PERIOD_S
        self._handle = self._loop.call_at(self._due, self._wake)

    def close(self) -> None:
        self._handle.cancel()

    def _wake(self) -> None:
        now = self._loop.time()
        self._late[self._next] = now - self._due
        self.seconds = sorted(self._late)[KEPT // 2]  # each INVITE asks for it
        self._next = (self._next + 1) % KEPT
        self._due = now + PERIOD_S
        self._handle = self._loop.call_at(self._due, self._wake)
