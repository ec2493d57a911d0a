"""Sounds that the engine holds in memory: loaded once, shared by all calls, the least used dropped first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from voicecore.ids import SoundId
from voicecore.media.engine import MediaEngine

BYTES_PER_MS = 16
"""8 kHz mono of 16 bits."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound that can be played: its name in the engine and its length."""

    id: SoundId
    duration_ms: int


class SoundLibrary:
    """Names to sounds. Holds at most `capacity_bytes` of PCM; when full, the least recently used goes.

    A playout that still uses a dropped sound plays on: the engine keeps it until then.
    """

    def __init__(self, engine: MediaEngine, capacity_bytes: int = 256 * 1024 * 1024) -> None:
        self._engine = engine
        self._capacity = capacity_bytes
        self._used = 0
        self._sounds: OrderedDict[str, Sound] = OrderedDict()

    def get(self, name: str) -> Sound | None:
        sound = self._sounds.get(name)
        if sound is not None:
            self._sounds.move_to_end(name)
        return sound

    def put(self, name: str, samples: bytes) -> Sound:
        """Loads 8 kHz mono 16-bit PCM under a name, in place of what had the name."""
        self._drop(name)
        while self._sounds and self._used + len(samples) > self._capacity:
            self._drop(next(iter(self._sounds)))
        sound = Sound(self._engine.load_sound(samples), len(samples) // BYTES_PER_MS)
        self._sounds[name] = sound
        self._used += len(samples)
        return sound

    def _drop(self, name: str) -> None:
        sound = self._sounds.pop(name, None)
        if sound is not None:
            self._used -= sound.duration_ms * BYTES_PER_MS
            self._engine.unload_sound(sound.id)
