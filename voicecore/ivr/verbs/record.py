"""record: a message after the tone. recording: the whole call in stereo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voicecore.calls.race import race
from voicecore.calls.recording import Recording
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Tone
from voicecore.ivr.results import Message, NotRecorded, RecordEnd
from voicecore.ivr.verbs.play import play
from voicecore.media.engine import RecordingLayout
from voicecore.media.events import RecordingFailed
from voicecore.store.records import MarkField, MarkKind

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
    line.media.watch_speech(True, hang_over_ms=500)
    recording = line.begin_recording("message", RecordingLayout.PARTY)
    try:
        end = await _until_the_end(line, limits)
    finally:
        spoken = line.media.speech.was_heard
        line.media.watch_speech(False)
        result = await recording.stop()
    if isinstance(result, RecordingFailed):
        return NotRecorded(result.problem)
    return Message(recording.path, result.duration_ms, spoken, end)


async def _until_the_end(line: Line, limits: RecordLimits) -> RecordEnd:
    loop = asyncio.get_running_loop()
    longest = loop.time() + limits.longest
    while True:
        speaking = line.media.speech.is_speaking
        patience = min(longest - loop.time(), limits.longest if speaking else limits.silence)
        try:
            async with asyncio.timeout(patience):
                await race(line.digits.pressed(), line.media.speech.changed(), line.leg.over())
        except TimeoutError:
            return RecordEnd.LIMIT if loop.time() >= longest else RecordEnd.SILENCE
        if line.leg.is_over:
            return RecordEnd.HANGUP
        digit = line.digits.take()
        if digit is not None and digit in limits.keys:
            return RecordEnd.KEY


class CallRecording:
    """The whole call in one file. Pauses and secrets are silence in it, and what was heard keeps its place."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._running: Recording | None = None
        self._began = 0.0
        self._stopped: float | None = None
        self.paths: list[str] = []
        """The files, in order."""

    @property
    def position(self) -> float:
        """Seconds recorded until now."""
        if self._running is None:
            return 0.0
        now = asyncio.get_running_loop().time()
        return (now if self._stopped is None else self._stopped) - self._began

    async def pause(self) -> None:
        """Silence from now on. As many `resume` as `pause` are needed."""
        self._hush(MarkKind.PAUSED)

    def resume(self) -> None:
        self._unhush(MarkKind.PAUSED)

    def mask(self) -> None:
        """Silence for what is secret."""
        self._hush(MarkKind.MASKED)

    def unmask(self) -> None:
        """Sound again, after the last key."""
        self._unhush(MarkKind.MASKED)

    def mark(self, text: str, fields: Mapping[str, MarkField]) -> None:
        if self._running is not None:
            self._running.mark(text, fields)

    async def stop(self) -> None:
        """Ends it for good; returns when the file is complete."""
        if self in self._line.tapes:
            self._line.tapes.remove(self)
        if self._running is not None and self._stopped is None:
            self._stopped = asyncio.get_running_loop().time()
            await self._running.stop()

    def start(self) -> None:
        """Within blocks that are secret it begins with silence."""
        if self._line.leg.is_over:
            return
        self._began = asyncio.get_running_loop().time()
        self._running = self._line.begin_recording("call", RecordingLayout.STEREO)
        self.paths.append(self._running.path)
        self._line.tapes.append(self)
        for _ in range(self._line.active.journal.secret_blocks):
            self.mask()

    def _hush(self, why: MarkKind) -> None:
        if self._running is not None:
            self._running.hush(why)

    def _unhush(self, why: MarkKind) -> None:
        if self._running is not None:
            self._running.unhush(why)


@asynccontextmanager
async def recording(line: Line) -> AsyncIterator[CallRecording]:
    """Records while the block runs."""
    tape = CallRecording(line)
    tape.start()
    try:
        yield tape
    finally:
        await tape.stop()
