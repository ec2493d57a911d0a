"""A recording that runs: its marks, its silences, its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Protocol

from voicecore.ids import RecordingId
from voicecore.media.engine import RecordingLayout
from voicecore.media.events import RecordingFailed, RecordingFinished, RecordingGap, RecordingMarked
from voicecore.store.records import MarkField, MarkKind, RecordingMark

MAX_MARKS = 1000
"""Of one recording; later ones are not kept."""

Ended = RecordingFinished | RecordingFailed
_ENDS = {MarkKind.PAUSED: MarkKind.RESUMED, MarkKind.MASKED: MarkKind.UNMASKED}


class Recorder(Protocol):
    """The media session that the recording is of."""

    def stop_recording(self, recording: RecordingId) -> None: ...
    def hush_recording(self, recording: RecordingId, on: bool, mark: int) -> None: ...
    def mark_recording(self, recording: RecordingId, mark: int) -> None: ...


class Recording:
    """A file that is being written."""

    def __init__(
        self, recorder: Recorder, id: RecordingId, path: str, layout: RecordingLayout = RecordingLayout.STEREO
    ) -> None:
        self.path = path
        self.layout = layout
        self._recorder = recorder
        self._id = id
        self._hushes = 0
        self._numbers = count(1)
        self._asked: dict[int, RecordingMark] = {}
        """Marks whose place is not known yet, by number."""
        self._marks: list[RecordingMark] = []
        self._done: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        return self._done.done()

    @property
    def marks(self) -> tuple[RecordingMark, ...]:
        """Those whose place is known, in the order of the sound."""
        return tuple(sorted(self._marks, key=lambda mark: mark.at_ms))

    def mark(self, text: str, fields: Mapping[str, MarkField]) -> None:
        """Keeps a text with what sounds now."""
        self._recorder.mark_recording(self._id, self._ask(MarkKind.NOTE, text, fields))

    def hush(self, why: MarkKind) -> None:
        """Silence in place of sound from now on. As many `unhush` are needed; `why` is PAUSED or MASKED."""
        number = self._ask(why)
        self._hushes += 1
        if self._hushes == 1:
            self._recorder.hush_recording(self._id, True, number)
        else:
            self._recorder.mark_recording(self._id, number)

    def unhush(self, why: MarkKind) -> None:
        """Sound again, unless another `hush` holds; after the last key that could be heard has sounded."""
        number = self._ask(_ENDS[why])
        self._hushes -= 1
        if self._hushes == 0:
            self._recorder.hush_recording(self._id, False, number)
        else:
            self._recorder.mark_recording(self._id, number)

    async def stop(self) -> Ended:
        """Ends the recording; returns when the file is complete, or could not be written."""
        if not self._done.done():
            self._recorder.stop_recording(self._id)
        return await self.finished()

    async def finished(self) -> Ended:
        return await asyncio.shield(self._done)

    # -- what the engine tells --------------------------------------------------------------------
    def reached(self, event: RecordingMarked) -> None:
        mark = self._asked.pop(event.mark, None)
        if mark is not None:
            self._keep(mark._replace(at_ms=event.position_ms))

    def lost(self, event: RecordingGap) -> None:
        self._keep(RecordingMark(event.position_ms, MarkKind.LOST, f"{event.lost_ms} ms"))

    def ended(self, event: Ended) -> None:
        """The engine's last word about the file."""
        if not self._done.done():
            self._done.set_result(event)

    def abandoned(self) -> None:
        """The engine will say nothing more."""
        self._done.cancel()

    def _ask(self, kind: MarkKind, text: str = "", fields: Mapping[str, MarkField] | None = None) -> int:
        number = next(self._numbers)
        self._asked[number] = RecordingMark(0, kind, text, dict(fields or {}))
        return number

    def _keep(self, mark: RecordingMark) -> None:
        if len(self._marks) < MAX_MARKS:
            self._marks.append(mark)
