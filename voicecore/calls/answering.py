"""Who answered: lets a `MachineDetector` hear a leg until it knows."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from voicecore.calls.machine_detection import TONES, MachineDetection, MachineDetector, Person, Verdict
from voicecore.calls.media_session import MediaSession
from voicecore.calls.race import race


class Listened(Protocol):
    """Who answered: a leg, as far as it is needed here."""

    @property
    def media(self) -> MediaSession: ...
    @property
    def is_over(self) -> bool: ...
    async def over(self) -> object: ...


async def who_answered(leg: Listened, settings: MachineDetection, country: str) -> Verdict:
    """Listens from now on. Who hangs up meanwhile is a person. Nothing else may follow the leg's speech."""
    loop, media = asyncio.get_running_loop(), leg.media
    detector = MachineDetector(settings, loop.time())
    media.watch_speech(True, hang_over_ms=round(settings.between_words * 1000))
    try:
        with media.hearing_tones(TONES, country) as ear:
            speaking = False
            while detector.verdict is None and not leg.is_over:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(detector.next_timer()):
                        await race(media.speech.changed(), ear.hears(), leg.over())
                now = loop.time()
                if media.speech.is_speaking is not speaking:
                    speaking = not speaking
                    if speaking:
                        detector.speech(now)
                    else:
                        # It is told when the pause has lasted for so long.
                        detector.silence(now - settings.between_words)
                while heard := ear.take():
                    detector.tone(heard.tone, now)
                detector.handle_timer(now)
    finally:
        media.watch_speech(False)
    return detector.verdict or Person()
