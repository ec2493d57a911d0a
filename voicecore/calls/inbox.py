"""What a leg's peer did and nobody took yet: keys, and speech."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Container, Iterator
from contextlib import contextmanager

MAX_DIGITS_AHEAD = 64
"""Keys typed ahead that are kept; when full, the newest is dropped, as a telephone exchange does."""


class DigitBuffer:
    """Keys in the order of pressing. One reader at a time, beside those who claim single keys."""

    def __init__(self) -> None:
        self._digits: deque[str] = deque()
        self._waiting = asyncio.Event()
        self._claims: list[tuple[Container[str], DigitBuffer]] = []

    def put(self, digit: str) -> None:
        for keys, claimant in reversed(self._claims):
            if digit in keys:
                claimant.put(digit)
                return
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

    @property
    def waiting(self) -> int:
        """How many keys wait to be taken."""
        return len(self._digits)

    async def pressed(self) -> None:
        """Returns when a key waits, without taking it."""
        await self._waiting.wait()

    @contextmanager
    def claimed(self, keys: Container[str]) -> Iterator[DigitBuffer]:
        """During the block these keys go to the buffer that it gives, those that wait already included."""
        own = DigitBuffer()
        waiting = tuple(self._digits)
        self.clear()
        claim = (keys, own)
        self._claims.append(claim)
        for digit in waiting:
            self.put(digit)
        try:
            yield own
        finally:
            self._claims.remove(claim)
            while (digit_left := own.take()) is not None:
                self.put(digit_left)

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
