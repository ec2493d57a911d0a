"""Recordings to be read, sealed or not, from any place. Blocks: not for the loop's thread."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from voicecore.store.recording_keys import NO_KEYS, RecordingKeys
from voicecore.store.sealed_file import SUFFIX, Index, SealedFile, read_header, read_index

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UNKNOWN_LENGTH = b"\xff\xff\xff\xff"
RIFF_LENGTH, DATA_LENGTH, WAV_HEADER = 4, 40, 44


class Source(Protocol):
    """The octets of a recording. They may grow while it is being made; `size` does not."""

    @property
    def size(self) -> int: ...
    def read_at(self, offset: int, length: int) -> bytes:
        """Shorter only at the end. Raises Unavailable or OSError."""


class PlainSource:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        return os.pread(self._descriptor, min(length, self.size - offset), offset)


class SealedWav:
    """A sealed WAV file. Its header, which was sealed before anybody knew them, gets its lengths here."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file
        header = bytearray(file.read_at(0, WAV_HEADER))
        for place in (RIFF_LENGTH, DATA_LENGTH):
            if header[place : place + 4] == UNKNOWN_LENGTH:
                length = min(max(0, file.size - place - 4), 0xFFFF_FFFF)
                header[place : place + 4] = length.to_bytes(4, "little")
        self._header = bytes(header)

    @property
    def size(self) -> int:
        return self._file.size

    def read_at(self, offset: int, length: int) -> bytes:
        head = self._header[offset : offset + length]
        return head + self._file.read_at(offset + len(head), length - len(head))


class SourceStream(io.RawIOBase):
    """A source as a file object, as soundfile wants it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read_at(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


class Size(NamedTuple):
    """`size` is of the sound as it is played, whatever the file's own."""

    size: int
    is_whole: bool


def is_sealed(path: Path) -> bool:
    return path.suffix == SUFFIX


def sound_name(path: Path) -> str:
    """The file's name without its seal: `call-1.wav`."""
    return path.name.removesuffix(SUFFIX)


def size_of(path: Path) -> Size:
    """How long the recording is as it is played; needs no key. Raises OSError or BrokenSeal."""
    status = path.stat()
    if not is_sealed(path):
        return Size(status.st_size, True)
    index = _index(path, status.st_mtime_ns, status.st_size)
    return Size(index.size, index.is_whole)


@lru_cache(maxsize=64)
def _index(path: Path, changed: int, size: int) -> Index:
    with _opened(path) as descriptor:
        return read_index(descriptor, read_header(descriptor))


@contextmanager
def opened(path: Path, keys: RecordingKeys = NO_KEYS) -> Iterator[Source]:
    """A recording, or what of it is there. Raises OSError, UnknownKey or BrokenSeal."""
    with _opened(path) as descriptor:
        if not is_sealed(path):
            yield PlainSource(descriptor)
            return
        status = os.fstat(descriptor)
        file = SealedFile(descriptor, keys, _index(path, status.st_mtime_ns, status.st_size))
        yield SealedWav(file) if sound_name(path).endswith(".wav") else file


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
