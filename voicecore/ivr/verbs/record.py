"""record: a message after the tone. recording: the whole call in stereo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from voicecore.calls.leg import Leg
from voicecore.calls.race import race
from voicecore.calls.recording import Recording
from voicecore.ids import LegId
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
    """The whole call: in one file, or in one for each party. Pauses and secrets are silence in it, and what was heard
    keeps its place."""

    def __init__(self, line: Line, layout: RecordingLayout) -> None:
        """With the layout PARTY each party has a file, all along one clock."""
        self._line = line
        self._layout = layout
        self._files: dict[LegId, Recording] = {}
        self._holds: list[MarkKind] = []
        """Why it is silent."""
        self._began = self._stopped = asyncio.get_running_loop().time()
        self._is_over = True

    @property
    def position(self) -> float:
        """Seconds recorded until now."""
        now = self._stopped if self._is_over else asyncio.get_running_loop().time()
        return now - self._began

    @property
    def paths(self) -> list[str]:
        """The files, in order."""
        return [file.path for file in self._files.values()]

    async def pause(self) -> None:
        """Silence from now on. As many `resume` as `pause` are needed."""
        self._hush(MarkKind.PAUSED)

    def resume(self) -> None:
        """Sound again. Ignored without a pause."""
        self._unhush(MarkKind.PAUSED)

    def mask(self) -> None:
        """Silence for what is secret."""
        self._hush(MarkKind.MASKED)

    def unmask(self) -> None:
        """Sound again, after the last key."""
        self._unhush(MarkKind.MASKED)

    def mark(self, text: str, fields: Mapping[str, MarkField]) -> None:
        for file in self._files.values():
            file.mark(text, fields)

    def joined(self, party: Leg) -> None:
        """Somebody talks now; where each has a file, he gets his."""
        if self._layout is RecordingLayout.PARTY and not self._is_over:
            self._record(party)

    async def stop(self) -> None:
        """Ends it for good; returns when the files are complete."""
        if self._is_over:
            return
        self._is_over = True
        self._stopped = asyncio.get_running_loop().time()
        self._line.tapes.remove(self)
        for file in self._files.values():
            await file.stop()

    def start(self) -> None:
        """Within blocks that are secret it begins with silence."""
        if self._line.leg.is_over:
            return
        self._is_over = False
        self._began = asyncio.get_running_loop().time()
        self._holds = [MarkKind.MASKED] * self._line.active.journal.secret_blocks
        self._line.tapes.append(self)
        self._record(self._line.leg)

    def _record(self, leg: Leg) -> None:
        if leg.id in self._files or leg.is_over:
            return
        since = self._began if self._layout is RecordingLayout.PARTY else None
        file = self._line.begin_recording("call", self._layout, of=leg, since=since)
        self._files[leg.id] = file
        for why in self._holds:
            file.hush(why)

    def _hush(self, why: MarkKind) -> None:
        self._holds.append(why)
        for file in self._files.values():
            file.hush(why)

    def _unhush(self, why: MarkKind) -> None:
        if why not in self._holds:
            return
        self._holds.remove(why)
        for file in self._files.values():
            file.unhush(why)


@asynccontextmanager
async def recording(line: Line) -> AsyncIterator[CallRecording]:
    """Records while the block runs."""
    tape = CallRecording(line, line.studio.places.recording_layout)
    tape.start()
    try:
        yield tape
    finally:
        await tape.stop()
