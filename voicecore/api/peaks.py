"""How loud a recording is over time, made once and kept beside it: no browser decodes a whole recording to draw it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import soundfile
import structlog
from numpy.typing import NDArray

from voicecore.api.problem import Kind, Problem
from voicecore.api.recording_file import RecordingFile
from voicecore.errors import Unavailable
from voicecore.store.recording_keys import NO_KEYS, RecordingKeys
from voicecore.store.recording_source import SourceStream, opened

_log = structlog.get_logger(__name__)

MOST_POINTS = 4096
"""Kept for each channel; a drawing asks for fewer."""
AT_ONCE, IN_LINE = 2, 8
"""Recordings that are read at the same time, and requests that wait or read; one more gets 503."""
BLOCK = 65_536
SUFFIX = ".peaks.npy"

Points = NDArray[np.float32]
"""Channels by points, each 0 to 1."""


class PeakMaker:
    def __init__(self, keys: RecordingKeys = NO_KEYS) -> None:
        self._keys = keys
        self._free = asyncio.Semaphore(AT_ONCE)
        self._in_line = 0

    async def peaks(self, file: RecordingFile, points: int) -> Points:
        """At most `points` for each channel. Raises Problem when too many ask, Unavailable for no sound file."""
        if self._in_line >= IN_LINE:
            detail = "Too many recordings are being looked at. Try again in 5 s."
            raise Problem(503, Kind.UNAVAILABLE, detail, {"Retry-After": "5"})
        self._in_line += 1
        try:
            async with self._free:
                found = await asyncio.to_thread(_kept_or_made, file, self._keys)
        finally:
            self._in_line -= 1
        return coarser(found, points)


def coarser(peaks: Points, points: int) -> Points:
    """As many points or fewer, each the loudest of those that it stands for."""
    count = peaks.shape[1]
    if count <= points:
        return peaks
    starts = np.arange(points) * count // points
    return np.maximum.reduceat(peaks, starts, axis=1)


def made(path: Path, keys: RecordingKeys = NO_KEYS) -> Points:
    """Reads all of a recording, in blocks. Raises Unavailable where it is none, or has no key here."""
    try:
        with opened(path, keys) as source, soundfile.SoundFile(SourceStream(source)) as sound:
            frames, channels = sound.frames, sound.channels
            count = min(MOST_POINTS, frames)
            peaks = np.zeros((channels, count), np.float32)
            at = 0
            while at < frames and len(block := sound.read(BLOCK, dtype="int16", always_2d=True)):
                parts = (np.arange(at, at + len(block)) * count) // frames
                loud = np.abs(block.astype(np.int32)).astype(np.float32) / 32768
                for channel in range(channels):
                    np.maximum.at(peaks[channel], parts, loud[:, channel])
                at += len(block)
    except (soundfile.LibsndfileError, OSError) as error:
        raise Unavailable("the recording cannot be read") from error
    return peaks


def _kept_or_made(file: RecordingFile, keys: RecordingKeys) -> Points:
    kept = file.path.with_name(file.path.name + SUFFIX)
    found = _kept(kept, file)
    if found is not None:
        return found
    peaks = made(file.path, keys)
    try:
        _keep(kept, peaks)
    except OSError as error:
        # They are made again next time.
        _log.warning("peaks could not be kept", problem=error.strerror)
    return peaks


def _kept(path: Path, file: RecordingFile) -> Points | None:
    """Those that are not older than the recording, and look like peaks."""
    try:
        if path.stat().st_mtime_ns < file.path.stat().st_mtime_ns:
            return None
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    is_right = found.ndim == 2 and found.dtype == np.float32 and found.shape[1] <= MOST_POINTS
    return found if is_right else None


def _keep(path: Path, peaks: Points) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".peaks-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            np.save(stream, peaks)
        os.replace(name, path)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise
