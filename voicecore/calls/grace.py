"""Blocks of a script that run on when the call has ended: its end waits for them, for a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Grace:
    """One a call. Holds the seconds of the blocks that are open."""

    def __init__(self) -> None:
        self._open: list[float] = []
        self._timer: asyncio.TimerHandle | None = None

    def postpones(self, end: Callable[[], object]) -> bool:
        """Whether a block is open; then `end` is called unless all blocks are left in time."""
        if self._open and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(max(self._open), end)
        return bool(self._open)

    @contextmanager
    def block(self, seconds: float) -> Iterator[None]:
        self._open.append(seconds)
        try:
            yield
        finally:
            self._open.remove(seconds)
            if not self._open and self._timer is not None:
                self._timer.cancel()
                self._timer = None
