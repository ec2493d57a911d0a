"""speak: a text that is heard while it is still being made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from voicecore.calls.journal import EventKind
from voicecore.calls.playout import AudioStream
from voicecore.calls.race import beside
from voicecore.errors import Unavailable
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Spoken, describe
from voicecore.speech.pcm import WIDE_RATE
from voicecore.speech.sound_stream import Part

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Coming:
    """Parts of a text, None behind the last. No more than a synthesiser may send for one text wait here."""

    parts: asyncio.Queue[Part | None] = field(default_factory=asyncio.Queue)
    failure: Unavailable | None = None


async def speak(line: Line, text: str) -> bool:
    """Plays it as far as it comes. False where it was made without parts, and can be played as a whole now."""
    coming, prompt = _Coming(), describe(Spoken(text))
    async with beside(_make(line, text, coming)):
        first = await coming.parts.get()
        if first is None or line.leg.is_over:
            return coming.failure is not None
        line.note(EventKind.PROMPT, prompt)
        stream = line.media.open_stream(rate=WIDE_RATE)
        playout = line.media.play([stream])
        try:
            async with beside(_pour(first, coming.parts, stream)):
                played = await playout.finished()
        finally:
            playout.stop()
            stream.end()
    if (log := line.active.flow_log) is not None:
        log.spoken(prompt, played.played_ms)
    return True


async def _make(line: Line, text: str, coming: _Coming) -> None:
    """A text that breaks off is not begun anew by another voice: its beginning was heard."""
    try:
        await line.studio.spoken(text, line.language, line.voice, coming.parts.put_nowait)
    except Unavailable as error:
        coming.failure = error
        line.note(EventKind.DEGRADED, f"not played to its end: {describe(Spoken(text))}")
        _log.error("prompt broke off", call=line.active.id, error="hidden" if line.is_secret else str(error))
    finally:
        coming.parts.put_nowait(None)


async def _pour(part: Part | None, parts: asyncio.Queue[Part | None], stream: AudioStream) -> None:
    while part is not None:
        await stream.write(part)
        part = await parts.get()
    stream.end()
