"""Recordings as files: found only within their folder, read in pieces, by threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from voicecore.api.byte_range import ByteRange
from voicecore.store.recording_keys import RecordingKeys
from voicecore.store.recording_source import opened, size_of, sound_name
from voicecore.store.records import RecordingRecord

PIECE = 262_144


class RecordingFile(NamedTuple):
    path: Path
    size: int
    """Of the sound as it is played, whether the file is sealed or not."""
    version: str
    """Another one for other content; a strong ETag (RFC 9110, 8.8.3)."""

    @property
    def suffix(self) -> str:
        """Of the sound: `.wav`."""
        return Path(sound_name(self.path)).suffix


def find(recording: RecordingRecord, folder: Path) -> RecordingFile | None:
    """None where it is gone, or leads out of the folder. Looks at the disk. Raises BrokenSeal."""
    try:
        path = Path(recording.path).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        status, size = path.stat(), size_of(path).size
    except (OSError, ValueError):
        return None
    return RecordingFile(path, size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"')


async def pieces(file: RecordingFile, part: ByteRange, keys: RecordingKeys) -> AsyncIterator[bytes]:
    """The bytes of a part. It ends early where the file became shorter meanwhile.

    Raises Unavailable before the first of them where there is no key, and later where the file was tampered with.
    """
    with ExitStack() as closing:
        source = await asyncio.to_thread(closing.enter_context, opened(file.path, keys))
        at = part.first
        while at < part.end:
            piece = await asyncio.to_thread(source.read_at, at, min(PIECE, part.end - at))
            if not piece:
                return
            yield piece
            at += len(piece)
