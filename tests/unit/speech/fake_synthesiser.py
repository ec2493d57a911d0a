"""A synthesiser without a program: counts what it is asked, and fails when it is told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from voicecore.errors import Unavailable
from voicecore.speech.pcm import Pcm
from voicecore.speech.synthesis import Availability, voice_in


@dataclass
class FakeSynthesiser:
    """Speaks each character as 20 ms of one sample value, which differs from engine to engine."""

    name: str = "fake"
    languages: tuple[str, ...] = ("en",)
    failure: Unavailable | None = None
    gate: asyncio.Event | None = None
    rendered: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)

    def voice_for(self, language: str) -> str | None:
        return voice_in({tag: f"voice-{tag}" for tag in self.languages}, language)

    async def render(self, text: str, language: str, voice: str) -> Pcm:
        self.rendered.append(text)
        self.voices.append(voice)
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.sound_of(text)

    def sound_of(self, text: str) -> Pcm:
        return Pcm(len(self.name).to_bytes(2, "little") * 160 * len(text))

    def available(self) -> Availability:
        return Availability(self.failure is None, self.name)
