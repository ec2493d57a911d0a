"""One timer for a machine that says when it wants to be called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicecore.clock import Clock


class AlarmClock:
    """Calls `wake` when the machine's `next_timer` is due. `arm` after every use of the machine."""

    def __init__(
        self, clock: Clock, next_timer: Callable[[], float | None], wake: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._next_timer = next_timer
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None
        self._due = 0.0

    def arm(self) -> None:
        due = self._next_timer()
        if self._handle is not None:
            if due is not None and self._due <= due:
                return  # wakes too early at worst, and then arms again
            self.close()
        if due is not None:
            self._handle, self._due = self._loop.call_at(due, self._ring), due

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._handle = None
        self._wake(self._clock.now())
        self.arm()
