"""What a leg's peer did and nobody took yet: keys, speech, and tones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Container, Iterator
from contextlib import contextmanager

from voicecore.media.call_progress import ProgressTone
from voicecore.media.events import ToneHeard

MAX_DIGITS_AHEAD = 64
"""Keys typed ahead that are kept; when full, the newest is dropped, as a telephone exchange does."""

MAX_TONES = 16
"""Tones that wait to be taken; when full, the newest is dropped."""


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


class ToneEar:
    """Call-progress tones in the order of hearing, for one who asked for them."""

    def __init__(self, tones: frozenset[ProgressTone], country: str) -> None:
        self.tones = tones
        self.country = country
        self._heard: deque[ToneHeard] = deque()
        self._waiting = asyncio.Event()

    def put(self, heard: ToneHeard) -> None:
        if heard.tone in self.tones and len(self._heard) < MAX_TONES:
            self._heard.append(heard)
            self._waiting.set()

    def take(self) -> ToneHeard | None:
        """The oldest, or None."""
        if not self._heard:
            return None
        heard = self._heard.popleft()
        if not self._heard:
            self._waiting.clear()
        return heard

    async def hears(self) -> None:
        """Returns when a tone waits, without taking it."""
        await self._waiting.wait()

    async def next(self) -> ToneHeard:
        """The oldest that waits, or the next one."""
        while (heard := self.take()) is None:
            await self.hears()
        return heard
