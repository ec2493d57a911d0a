"""After a crash: recordings of calls that were interrupted find their way into the records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import soundfile
import structlog

from voicecore.errors import Unavailable
from voicecore.ids import CallId, LegId
from voicecore.store.recording_keys import NO_KEYS, RecordingKeys
from voicecore.store.recording_source import SourceStream, opened, sound_name
from voicecore.store.records import CallEnd, RecordingRecord
from voicecore.store.store import CallStore

_log = structlog.get_logger(__name__)

SOUNDS = (".wav", ".opus")
LATEST = 1000
"""How many of the newest calls are looked at: far more than can have run at the time of a crash."""

UNKNOWN_LEG = LegId(0)
"""The leg of a recovered recording: legs are written when their call ends, and this one never did."""


async def recover_recordings(store: CallStore, directory: Path, keys: RecordingKeys = NO_KEYS) -> int:
    """Adds the files that interrupted calls left in `directory` to their records; returns how many."""
    found = 0
    for call in await store.calls(LATEST):
        if call.end is not CallEnd.INTERRUPTED:
            continue
        file = await store.call(call.id)
        if file is None or file.recordings:
            continue
        recordings = await asyncio.to_thread(_recordings_of, call.id, directory, keys)
        if recordings:
            await store.finish(replace(file, recordings=recordings))
            _log.info("recordings recovered", call=call.id, files=len(recordings))
            found += len(recordings)
    return found


def _recordings_of(call: CallId, directory: Path, keys: RecordingKeys) -> tuple[RecordingRecord, ...]:
    return tuple(_readable(call, directory, keys))


def _readable(call: CallId, directory: Path, keys: RecordingKeys) -> Iterator[RecordingRecord]:
    sounds = (path for path in directory.glob(f"*/{call}-*") if sound_name(path).endswith(SOUNDS))
    for number, path in enumerate(sorted(sounds), 1):
        try:
            with opened(path, keys) as source, soundfile.SoundFile(SourceStream(source)) as sound:
                duration_ms = round(sound.frames * 1000 / sound.samplerate)
        except (soundfile.SoundFileError, OSError, Unavailable) as error:
            _log.warning("recording not readable", call=call, path=str(path), error=str(error))
            continue
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        started = written - timedelta(milliseconds=duration_ms)
        yield RecordingRecord(number, call, UNKNOWN_LEG, str(path), started, duration_ms, 0, sound.channels)
