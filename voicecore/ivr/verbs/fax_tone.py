"""fax_tone: a fax machine calls, and sends its calling tone."""

from __future__ import annotations

import asyncio

from voicecore.calls.journal import EventKind
from voicecore.ivr.line import Line
from voicecore.ivr.results import FaxTone
from voicecore.media.engine import AudioBatch
from voicecore.speech.fax_tone import FaxToneDetector


async def fax_tone(line: Line) -> FaxTone:
    """Listens to the caller until a burst of CNG ended. Beside it anything may be played or gathered."""
    detector, heard = FaxToneDetector(), asyncio.Event()

    def hear(batch: AudioBatch) -> None:
        if detector.hear(batch.samples):
            heard.set()

    tap = line.media.tap(hear)
    try:
        await heard.wait()
    finally:
        line.media.untap(tap)
    line.note(EventKind.FAX_TONE)
    return FaxTone()
