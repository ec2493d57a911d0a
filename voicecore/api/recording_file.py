"""Recordings as files: found only within their folder, read in pieces, by threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from voicecore.api.byte_range import ByteRange
from voicecore.store.records import RecordingRecord

PIECE = 262_144


class RecordingFile(NamedTuple):
    path: Path
    size: int
    version: str
    """Another one for other content; a strong ETag (RFC 9110, 8.8.3)."""


def find(recording: RecordingRecord, folder: Path) -> RecordingFile | None:
    """None where it is gone, or leads out of the folder. Looks at the disk."""
    try:
        path = Path(recording.path).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        status = path.stat()
    except (OSError, ValueError):
        return None
    return RecordingFile(path, status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"')


async def pieces(file: RecordingFile, part: ByteRange) -> AsyncIterator[bytes]:
    """The bytes of a part. It ends early where the file became shorter meanwhile."""
    descriptor = await asyncio.to_thread(os.open, file.path, os.O_RDONLY)
    try:
        at = part.first
        while at < part.end:
            piece = await asyncio.to_thread(os.pread, descriptor, min(PIECE, part.end - at), at)
            if not piece:
                return
            yield piece
            at += len(piece)
    finally:
        with suppress(OSError):
            os.close(descriptor)
