"""How long what comes in waits for the event loop, for deciding whether the machine bears one more call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PERIOD_S = 0.05
KEPT = 3
"""Samples: the least of them counts. One stall is no overload; a loop that cannot keep up is late every time."""


class LoopLateness:
    """Asks to be woken twenty times a second, and looks how late that was, and how long datagrams have waited.

    A loop that has too much to do comes round all the same: what it has no time for waits in the kernel.
    """

    def __init__(self, waited_s: Callable[[], float] = lambda: 0.0) -> None:
        """`waited_s`: for how long the oldest datagram has been waiting."""
        self._loop = asyncio.get_running_loop()
        self._waited_s = waited_s
        self._late = [0.0] * KEPT
        self.seconds = 0.0
        self._next = 0
        self._due = self._loop.time() + PERIOD_S
        self._handle = self._loop.call_at(self._due, self._wake)

    def close(self) -> None:
        self._handle.cancel()

    def _wake(self) -> None:
        now = self._loop.time()
        self._late[self._next] = max(now - self._due, self._waited_s())
        self.seconds = min(self._late)  # each INVITE asks for it
        self._next = (self._next + 1) % KEPT
        self._due = now + PERIOD_S
        self._handle = self._loop.call_at(self._due, self._wake)
