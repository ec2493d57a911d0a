"""What a leg's peer did and nobody took yet: keys, and speech."""

from __future__ import annotations

import asyncio
from collections import deque

MAX_DIGITS_AHEAD = 64
"""Keys typed ahead that are kept; when full, the newest is dropped, as a telephone exchange does."""


class DigitBuffer:
    """Keys in the order of pressing. One reader at a time."""

    def __init__(self) -> None:
        self._digits: deque[str] = deque()
        self._waiting = asyncio.Event()

    def put(self, digit: str) -> None:
        if len(self._digits) < MAX_DIGITS_AHEAD:
            self._digits.append(digit)
            self._waiting.set()

    def take(self) -> str | None:
        """The oldest key, or None."""
        if not self._digits:
            return None
        digit = self._digits.popleft()
        if not self._digits:
            self._waiting.clear()
        return digit

    @property
    def is_waiting(self) -> bool:
        return bool(self._digits)

    async def pressed(self) -> None:
        """Returns when a key waits, without taking it."""
        await self._waiting.wait()

    def clear(self) -> None:
        """Forgets what was typed ahead."""
        self._digits.clear()
        self._waiting.clear()


class SpeechWatch:
    """Whether the peer speaks, while the engine watches for it."""

    def __init__(self) -> None:
        self.is_speaking = False
        self.was_heard = False
        self._changed = asyncio.Event()

    def reset(self) -> None:
        self.is_speaking = self.was_heard = False
        self._changed.clear()

    def set(self, speaking: bool) -> None:
        self.is_speaking = speaking
        self.was_heard = self.was_heard or speaking
        self._changed.set()

    async def changed(self) -> None:
        """Returns at the next change, or at once for one since the last call."""
        await self._changed.wait()
        self._changed.clear()
