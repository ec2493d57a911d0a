"""Reads sealed recordings: AES-256-GCM in chunks, each tied to the one before. docs/recording.md has the format.

The writer is `media/src/recorder/sealed.rs`. Everything here blocks; none of it is for the loop's thread.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voicecore.errors import Unavailable
from voicecore.store.recording_keys import RecordingKeys

MAGIC = b"VCSEAL\x00\x01"
SUFFIX = ".sealed"
MAX_CHUNK = 65_536
LAST = 1 << 31
ID, NONCE, KEY, TAG, WORD = 16, 12, 32, 16, 4
SLOT = len(MAGIC)
"""Where the wrapped key stands, and its id before it: all that another key changes."""
SLOT_END = SLOT + ID + NONCE + KEY + TAG
LABEL = SLOT_END + ID + 2
"""Where the label begins."""
MAX_LABEL = 255


class BrokenSeal(Unavailable):
    """What stands there is not what was written."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(f"{problem}, at octet {at}")
        self.problem = problem
        self.at = at
        """Octets of the file before it that are as they were written, as far as is known."""


class UnknownKey(Unavailable):
    """Nobody gave the key that it was sealed with."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no key {key!r}")
        self.key = key


class Header(NamedTuple):
    key: str
    slot: bytes
    """Nonce, wrapped key and tag."""
    fixed: bytes
    """What stays the same for good: the file's own number, and its label."""

    @property
    def label(self) -> str:
        """The name that the recording has without its seal."""
        return self.fixed[ID + 2 :].decode("utf-8", "replace")

    @property
    def length(self) -> int:
        return SLOT_END + len(self.fixed)


class Index(NamedTuple):
    """Where the chunks are. `starts[n]` is the place of chunk n's first octet in the text, `places[n]` its place in
    the file; both have one entry more, for what comes after the last."""

    starts: list[int]
    places: list[int]
    is_whole: bool
    """The end is marked; else it was cut short, or is still being written."""

    @property
    def size(self) -> int:
        """Octets of text."""
        return self.starts[-1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found. `chunks` and `size` count what is as it was written."""

    chunks: int
    size: int
    is_whole: bool


def read_header(descriptor: int) -> Header:
    """Raises BrokenSeal where there is none."""
    head = os.pread(descriptor, LABEL, 0)
    if head[: len(MAGIC)] != MAGIC:
        raise BrokenSeal("it is no sealed recording of this version", 0)
    length = int.from_bytes(head[LABEL - 2 :])
    if len(head) < LABEL or length > MAX_LABEL:
        raise BrokenSeal("the header is wrong", len(head))
    label = os.pread(descriptor, length, LABEL)
    if len(label) < length:
        raise BrokenSeal("the header is cut short", LABEL + len(label))
    key = head[SLOT : SLOT + ID].rstrip(b"\x00").decode("ascii", "replace")
    return Header(key, head[SLOT + ID : SLOT_END], head[SLOT_END:] + label)


def read_index(descriptor: int, header: Header) -> Index:
    """Walks over the chunks without opening them. Raises BrokenSeal for what no writer writes."""
    total = os.fstat(descriptor).st_size
    starts, places, is_whole = [0], [header.length], False
    while not is_whole:
        word = os.pread(descriptor, WORD, places[-1])
        length = int.from_bytes(word) & ~LAST
        end = places[-1] + WORD + length + TAG
        if len(word) < WORD:
            break
        is_whole = bool(int.from_bytes(word) & LAST)
        if length > MAX_CHUNK or is_whole is not (length == 0):
            raise BrokenSeal("there is no chunk", places[-1])
        if end > total:
            is_whole = False
            break
        starts.append(starts[-1] + length)
        places.append(end)
    if is_whole and total > places[-1]:
        raise BrokenSeal("something follows the end", places[-1])
    return Index(starts, places, is_whole)


class SealedFile:
    """The text of one sealed file, from any place. The descriptor stays the caller's."""

    def __init__(self, descriptor: int, keys: RecordingKeys, index: Index | None = None) -> None:
        """Raises UnknownKey or BrokenSeal. `index`: one that was read before."""
        self._descriptor = descriptor
        self.header = read_header(descriptor)
        self._cipher = AESGCM(unwrapped(self.header, keys))
        self.index = index or read_index(descriptor, self.header)

    @property
    def size(self) -> int:
        return self.index.size

    def read_at(self, offset: int, length: int) -> bytes:
        """Shorter only at the end. Raises BrokenSeal for a chunk that is not what was written."""
        end = min(offset + length, self.size)
        parts = []
        number = bisect_right(self.index.starts, offset) - 1
        while offset < end:
            start = self.index.starts[number]
            part = self.chunk(number)[offset - start : end - start]
            parts.append(part)
            offset += len(part)
            number += 1
        return b"".join(parts)

    def verify(self) -> Verdict:
        """Opens every chunk. Raises BrokenSeal for the first that is not what was written."""
        for number in range(len(self.index.places) - 1):
            self.chunk(number)
        return Verdict(len(self.index.places) - 1, self.size, self.index.is_whole)

    def chunk(self, number: int) -> bytes:
        """The text of one chunk."""
        place, end = self.index.places[number], self.index.places[number + 1]
        before = TAG if number else 0
        data = os.pread(self._descriptor, before + end - place, place - before)
        link = data[:before] or first_link(self.header)
        word, sealed = data[before : before + WORD], data[before + WORD :]
        try:
            return self._cipher.decrypt(number.to_bytes(NONCE), sealed, link + word)
        except InvalidTag as error:
            raise BrokenSeal(f"chunk {number + 1} is not what was written", place) from error


def first_link(header: Header) -> bytes:
    return hashlib.sha256(MAGIC + header.fixed).digest()[:TAG]


def unwrapped(header: Header, keys: RecordingKeys) -> bytes:
    """The file's own key. Raises UnknownKey or BrokenSeal."""
    master = keys.keys.get(header.key)
    if master is None:
        raise UnknownKey(header.key)
    nonce, wrapped = header.slot[:NONCE], header.slot[NONCE:]
    try:
        return AESGCM(master).decrypt(nonce, wrapped, _bound(header.key, header.fixed))
    except InvalidTag as error:
        raise BrokenSeal(f"the key {header.key!r} does not open it", SLOT) from error


def rekey(descriptor: int, keys: RecordingKeys) -> bool:
    """Wraps the file's key with the current one of `keys`; False where it is already. Sound is not touched.

    76 octets within the file's first disk block are written at once. Raises UnknownKey or BrokenSeal.
    """
    header = read_header(descriptor)
    current = keys.current
    if current is None or current[0] == header.key:
        return False
    key, (name, master), nonce = unwrapped(header, keys), current, os.urandom(NONCE)
    wrapped = AESGCM(master).encrypt(nonce, key, _bound(name, header.fixed))
    os.pwrite(descriptor, name.encode().ljust(ID, b"\x00") + nonce + wrapped, SLOT)
    os.fsync(descriptor)
    return True


def _bound(name: str, fixed: bytes) -> bytes:
    return MAGIC + name.encode().ljust(ID, b"\x00") + fixed
