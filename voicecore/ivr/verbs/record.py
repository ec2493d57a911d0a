"""record: a message after the tone. recording: the whole call in stereo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voicecore.calls.journal import EventKind
from voicecore.calls.media_session import Recording
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
                await race(line.digits.pressed(), line.media.speech.changed(), line.leg.over())
        except TimeoutError:
            return RecordEnd.LIMIT if loop.time() >= longest else RecordEnd.SILENCE
        if line.leg.is_over:
            return RecordEnd.HANGUP
        digit = line.digits.take()
        if digit is not None and digit in limits.keys:
            return RecordEnd.KEY


class CallRecording:
    """The whole call in stereo: left the party, right what it hears. A pause begins a new file."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._running: Recording | None = None
        self._began = 0.0
        self._recorded = 0.0
        self._holds = 0
        self.paths: list[str] = []
        """The files, in order."""

    @property
    def position(self) -> float:
        """Seconds recorded until now, without pauses."""
        if self._running is None:
            return self._recorded
        return self._recorded + asyncio.get_running_loop().time() - self._began

    async def pause(self) -> None:
        """Ends the file; returns when it is complete. As many `resume` as `pause` are needed."""
        self._holds += 1
        await self._end_file()

    def resume(self) -> None:
        self._holds -= 1
        if not self._holds:
            self._begin_file()

    async def stop(self) -> None:
        """Ends it for good; returns when the file is complete."""
        self._holds += 1
        if self in self._line.tapes:
            self._line.tapes.remove(self)
        await self._end_file()

    def start(self) -> None:
        """Within a block that is secret it waits for the end of that."""
        self._holds = self._line.active.journal.secret_blocks
        self._line.tapes.append(self)
        if not self._holds:
            self._begin_file()

    def _begin_file(self) -> None:
        if self._line.leg.is_over:
            return
        path = self._line.next_recording("call")
        self._began = asyncio.get_running_loop().time()
        self._running = self._line.media.record(path, stereo=True)
        self.paths.append(path)
        self._line.note(EventKind.RECORDING_STARTED, path)

    async def _end_file(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            self._recorded += asyncio.get_running_loop().time() - self._began
            await running.stop()


@asynccontextmanager
async def recording(line: Line) -> AsyncIterator[CallRecording]:
    """Records while the block runs."""
    tape = CallRecording(line)
    tape.start()
    try:
        yield tape
    finally:
        await tape.stop()
