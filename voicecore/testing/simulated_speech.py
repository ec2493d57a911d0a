"""Prompts, voice and music for tests: silence of a known length, told apart by its content."""

from __future__ import annotations

from collections.abc import Mapping

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.pcm import Pcm

SECOND = 16000


class SimulatedSpeech:
    """Stands for prompts, synthesiser and music alike. Remembers which sound is what."""

    def __init__(
        self,
        lengths: Mapping[str, float] | None = None,
        *,
        known: frozenset[str] | None = None,
        is_dead: bool = False,
    ) -> None:
        """`lengths`: seconds of prompts by name, 1.0 for all others; `known`: the only names there are."""
        self._lengths = lengths or {}
        self._known = known
        self._is_dead = is_dead
        self._names: dict[bytes, str] = {}

    def name_of(self, samples: bytes) -> str:
        """What a sound was made for: a prompt's name, a text, "music"; "" for one made elsewhere."""
        return self._names.get(samples, "")

    def names(self) -> list[str]:
        return sorted(self._known or self._lengths)

    async def sound(self, name: str, language: str) -> Pcm:
        if self._known is not None and name not in self._known:
            raise UsageError(f"there is no prompt {name}")
        return self._make(name, language)

    async def say(self, text: str, language: str) -> Pcm:
        return self._make(text, language)

    async def sounds(self) -> list[Pcm]:
        return [self._make("music", "")]

    def _make(self, name: str, language: str) -> Pcm:
        if self._is_dead:
            raise Unavailable("the simulated synthesiser is dead")
        mark = f"{language}:{name}".encode()
        size = int(self._lengths.get(name, 1.0) * SECOND) // 2 * 2
        samples = (mark + bytes(size))[: max(size, len(mark) + len(mark) % 2)]
        self._names[samples] = name
        return Pcm(samples)
