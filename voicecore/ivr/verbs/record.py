"""record: a message after the tone. recording: the whole call in stereo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voicecore.calls.journal import EventKind
from voicecore.calls.race import race
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Tone
from voicecore.ivr.results import Message, NotRecorded, RecordEnd
from voicecore.ivr.verbs.play import play
from voicecore.media.events import RecordingFailed

BEEP = Tone((1000.0,), 250)


@dataclass(frozen=True, slots=True)
class RecordLimits:
    """Seconds; `keys` are those that end the message."""

    longest: float = 180.0
    silence: float = 5.0
    keys: str = "#"


async def record(line: Line, limits: RecordLimits, *, beep: bool) -> Message | NotRecorded:
    """Records what the caller says, until a key, a silence or the limit. A hang-up keeps what was said."""
    line.digits.clear()
    if beep:
        await play(line, [BEEP])
    path = line.next_recording("message")
    line.media.watch_speech(True, hang_over_ms=500)
    recording = line.media.record(path, stereo=False)
    line.note(EventKind.RECORDING_STARTED, path)
    try:
        end = await _until_the_end(line, limits)
    finally:
        spoken = line.media.speech.was_heard
        line.media.watch_speech(False)
        result = await recording.stop()
    if isinstance(result, RecordingFailed):
        return NotRecorded(result.problem)
    return Message(path, result.duration_ms, spoken, end)


async def _until_the_end(line: Line, limits: RecordLimits) -> RecordEnd:
    loop = asyncio.get_running_loop()
    longest = loop.time() + limits.longest
    while True:
        speaking = line.media.speech.is_speaking
        patience = min(longest - loop.time(), limits.longest if speaking else limits.silence)
        try:
            async with asyncio.timeout(patience):
                await race(line.digits.pressed(), line.media.speech.changed())
        except TimeoutError:
            return RecordEnd.LIMIT if loop.time() >= longest else RecordEnd.SILENCE
        digit = line.digits.take()
        if digit is not None and digit in limits.keys:
            return RecordEnd.KEY


@asynccontextmanager
async def recording(line: Line) -> AsyncIterator[str]:
    """Stereo while the block runs: left the caller, right the platform. Gives the file's path."""
    path = line.next_recording("call")
    running = line.media.record(path, stereo=True)
    line.note(EventKind.RECORDING_STARTED, path)
    try:
        yield path
    finally:
        await running.stop()
