"""Whoever holds a simulated phone: presses keys, talks, and hears what the platform plays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voicecore.ids import LegId
from voicecore.media.call_progress import ProgressTone
from voicecore.testing.simulated_engine import SimulatedEngine
from voicecore.testing.simulated_leg import SimulatedLeg
from voicecore.testing.simulated_recogniser import sound_of

LETTERS_A_SECOND = 15.0
"""How fast a person speaks."""


class Earshot(Protocol):
    """What a person hears and is heard by."""

    engine: SimulatedEngine

    def name_of(self, sound: Any) -> str: ...
    def words_of(self, sound: Any) -> str: ...


class SimulatedPerson:
    """At the other end of one of the platform's legs."""

    def __init__(self, platform: Earshot) -> None:
        self._earshot = platform
        self._leg: SimulatedLeg | None = None
        self._leg_id = LegId(0)

    def is_on(self, leg: LegId) -> None:
        """Says which of the platform's legs leads to this phone, where the platform has called it: then it can press
        keys, and hear."""
        self._leg, self._leg_id = self._earshot.engine.legs[leg], leg

    # -- keys and voice ---------------------------------------------------------------------------
    def press(self, digits: str) -> None:
        for digit in digits:
            self._earshot.engine.press(self._leg_id, digit)

    def speak(self) -> None:
        self._earshot.engine.speak(self._leg_id)

    def sound(self, tone: ProgressTone) -> None:
        """A call-progress tone, or that of a machine; it is heard where somebody listens for it."""
        self._earshot.engine.sound(self._leg_id, tone)

    def utter(self, samples: npt.NDArray[np.int16]) -> None:
        """Audio of 8 kHz, for whoever listens to it; it is heard all at once."""
        self._earshot.engine.utter(self._leg_id, samples)

    def says(self, text: str, *, seconds: float = 0.0, confidence: float = 1.0) -> None:
        """Says a text, in `seconds` or at a person's pace; a recogniser understands it with that confidence.

        An empty text is a cough. It returns at once: what is understood comes when all was said.
        """
        lasts = seconds or len(text) / LETTERS_A_SECOND
        self._earshot.engine.utter(self._leg_id, sound_of(text, lasts, confidence))
        self.speak()
        asyncio.get_running_loop().call_later(lasts, self.fall_silent)

    def fall_silent(self) -> None:
        if self._leg_id in self._earshot.engine.legs:
            self._earshot.engine.fall_silent(self._leg_id)

    # -- what was heard ---------------------------------------------------------------------------
    @property
    def leg(self) -> SimulatedLeg:
        """The platform's leg to this phone."""
        assert self._leg is not None, "the call was not answered"
        return self._leg

    @property
    def heard(self) -> list[str]:
        """Names of what was heard, in order, begun ones included."""
        names = [self._earshot.name_of(heard.sound) for heard in self.leg.heard]
        return names + [self._earshot.name_of(sound) for sound in self.playing]

    @property
    def words(self) -> str:
        """All that was said to this phone, begun prompts included: what a person on it would have heard."""
        sounds = [heard.sound for heard in self.leg.heard] + list(self.playing)
        return " ".join(filter(None, map(self._earshot.words_of, sounds)))

    @property
    def playing(self) -> Sequence[Any]:
        return self.leg.playing

    async def hears(self, name: str, within: float = 60.0) -> None:
        """Returns when that prompt has begun to play."""
        async with asyncio.timeout(within):
            while name not in map(self._earshot.name_of, self.playing):
                await self._earshot.engine.changed()
