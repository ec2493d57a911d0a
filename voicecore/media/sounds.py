"""Sounds that the engine holds in memory: loaded once, shared by all calls, the least used dropped first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from voicecore.ids import SoundId
from voicecore.media.engine import MediaEngine

BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound that can be played: its name in the engine and its length."""

    id: SoundId
    duration_ms: int


class _Held(NamedTuple):
    sound: Sound
    octets: int


class SoundLibrary:
    """Names to sounds. Holds at most `capacity_bytes` of PCM; when full, the least recently used goes.

    A playout that still uses a dropped sound plays on: the engine keeps it until then.
    """

    def __init__(self, engine: MediaEngine, capacity_bytes: int = 256 * 1024 * 1024) -> None:
        self._engine = engine
        self._capacity = capacity_bytes
        self._used = 0
        self._sounds: OrderedDict[str, _Held] = OrderedDict()

    def get(self, name: str) -> Sound | None:
        held = self._sounds.get(name)
        if held is None:
            return None
        self._sounds.move_to_end(name)
        return held.sound

    def put(self, name: str, samples: bytes, *, rate: int = 8000) -> Sound:
        """Loads mono 16-bit PCM of 8,000, 16,000, 24,000 or 48,000 Hz under a name, in place of what had the name."""
        self._drop(name)
        while self._sounds and self._used + len(samples) > self._capacity:
            self._drop(next(iter(self._sounds)))
        duration_ms = len(samples) * 1000 // (BYTES_PER_SAMPLE * rate)
        sound = Sound(self._engine.load_sound(samples, rate=rate), duration_ms)
        self._sounds[name] = _Held(sound, len(samples))
        self._used += len(samples)
        return sound

    def _drop(self, name: str) -> None:
        held = self._sounds.pop(name, None)
        if held is not None:
            self._used -= held.octets
            self._engine.unload_sound(held.sound.id)
