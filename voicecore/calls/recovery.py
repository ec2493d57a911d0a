"""After a crash: recordings of calls that were interrupted find their way into the records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import soundfile
import structlog

from voicecore.ids import CallId, LegId
from voicecore.store.records import CallEnd, RecordingRecord
from voicecore.store.store import CallStore

_log = structlog.get_logger(__name__)

LATEST = 1000
"""How many of the newest calls are looked at: far more than can have run at the time of a crash."""

UNKNOWN_LEG = LegId(0)
"""The leg of a recovered recording: legs are written when their call ends, and this one never did."""


async def recover_recordings(store: CallStore, directory: Path) -> int:
    """Adds the files that interrupted calls left in `directory` to their records; returns how many."""
    found = 0
    for call in await store.calls(LATEST):
        if call.end is not CallEnd.INTERRUPTED:
            continue
        file = await store.call(call.id)
        if file is None or file.recordings:
            continue
        recordings = await asyncio.to_thread(_recordings_of, call.id, directory)
        if recordings:
            await store.finish(replace(file, recordings=recordings))
            _log.info("recordings recovered", call=call.id, files=len(recordings))
            found += len(recordings)
    return found


def _recordings_of(call: CallId, directory: Path) -> tuple[RecordingRecord, ...]:
    return tuple(_readable(call, directory))


def _readable(call: CallId, directory: Path) -> Iterator[RecordingRecord]:
    for number, path in enumerate(sorted(directory.glob(f"*/{call}-*.wav")), 1):
        try:
            sound = soundfile.info(str(path))
        except soundfile.SoundFileError as error:
            _log.warning("recording not readable", call=call, path=str(path), error=str(error))
            continue
        duration_ms = round(sound.duration * 1000)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        started = written - timedelta(milliseconds=duration_ms)
        yield RecordingRecord(number, call, UNKNOWN_LEG, str(path), started, duration_ms, 0, sound.channels)
