"""Sealed recordings: read from any place, and every octet that is not as it was written is found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.store.sealing import KEY, KEYS, sealed
from voicecore.errors import Unavailable
from voicecore.store.recording_keys import NO_KEYS, RecordingKeys
from voicecore.store.sealed_file import LABEL, BrokenSeal, SealedFile, UnknownKey, rekey

CHUNKS = st.lists(st.binary(min_size=1, max_size=300), max_size=6)
FIRST_CHUNK = LABEL + len("call.wav")


@contextmanager
def file_of(data: bytes) -> Iterator[int]:
    descriptor = os.memfd_create("sealed")
    try:
        os.write(descriptor, data)
        yield descriptor
    finally:
        os.close(descriptor)


@given(CHUNKS, st.integers(0, 2000), st.integers(0, 2000))
def test_any_part_of_the_text_is_read(chunks: list[bytes], offset: int, length: int) -> None:
    text = b"".join(chunks)
    with file_of(sealed(chunks)) as descriptor:
        file = SealedFile(descriptor, KEYS)
        assert file.size == len(text)
        assert file.read_at(offset, length) == text[offset : offset + length]
        assert file.verify().is_whole


@given(CHUNKS, st.data())
def test_every_octet_that_is_changed_is_found(chunks: list[bytes], data: st.DataObject) -> None:
    written = bytearray(sealed(chunks))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    with file_of(bytes(written)) as descriptor:
        try:
            found = SealedFile(descriptor, KEYS).verify()
        except (BrokenSeal, UnknownKey):
            return
        assert not found.is_whole


@given(CHUNKS, st.data())
def test_a_file_that_is_cut_short_is_read_up_to_its_last_whole_chunk(
    chunks: list[bytes], data: st.DataObject
) -> None:
    written = sealed(chunks)
    length = data.draw(st.integers(FIRST_CHUNK, len(written) - 1))
    with file_of(written[:length]) as descriptor:
        file = SealedFile(descriptor, KEYS)
        found = file.verify()
        text = file.read_at(0, file.size)
    assert not found.is_whole
    assert b"".join(chunks).startswith(text)
    assert text == b"".join(chunks[: found.chunks])


@given(st.integers(0, 3), st.integers(0, 3))
def test_chunks_that_change_places_or_are_missing_are_found(one: int, other: int) -> None:
    length = 4 + 64 + 16
    written = sealed([os.urandom(64) for _ in range(4)])
    head, tail = written[:FIRST_CHUNK], written[FIRST_CHUNK + 4 * length :]
    places = [written[FIRST_CHUNK + length * n :][:length] for n in range(4)]
    if one == other:
        del places[one]
    else:
        places[one], places[other] = places[other], places[one]
    with file_of(head + b"".join(places) + tail) as descriptor, pytest.raises(BrokenSeal, match="chunk"):
        SealedFile(descriptor, KEYS).verify()


@settings(max_examples=300)
@given(
    st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda end: sealed([b"x"])[:102] + end))
)
def test_any_octets_are_a_recording_or_an_error(data: bytes) -> None:
    with file_of(data) as descriptor:
        try:
            file = SealedFile(descriptor, KEYS)
            file.verify()
        except Unavailable:
            return
        assert len(file.read_at(0, file.size)) == file.size


def test_what_follows_the_end_is_found() -> None:
    with (
        file_of(sealed([b"text"]) + b"more") as descriptor,
        pytest.raises(BrokenSeal, match="follows the end"),
    ):
        SealedFile(descriptor, KEYS)


def test_without_its_key_a_recording_stays_closed() -> None:
    other = RecordingKeys(MappingProxyType({"2026-11": bytes(32)}))
    with file_of(sealed([b"text"])) as descriptor:
        with pytest.raises(UnknownKey, match="2026-11"):
            SealedFile(descriptor, NO_KEYS)
        with pytest.raises(BrokenSeal, match="does not open it"):
            SealedFile(descriptor, other)


def test_another_key_is_wrapped_around_the_same_sound() -> None:
    newer = RecordingKeys(MappingProxyType({"2026-12": bytes(32), "2026-11": KEY}))
    with file_of(sealed([b"text"])) as descriptor:
        assert rekey(descriptor, newer)
        assert not rekey(descriptor, newer)
        only = RecordingKeys(MappingProxyType({"2026-12": bytes(32)}))
        file = SealedFile(descriptor, only)
        assert (file.read_at(0, 9), file.verify().is_whole) == (b"text", True)
        with pytest.raises(UnknownKey):
            SealedFile(descriptor, KEYS)


def test_a_file_that_is_gone_shorter_meanwhile_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "call.wav.sealed"
    path.write_bytes(sealed([b"x" * 100]))
    with path.open("r+b") as stream:
        file = SealedFile(stream.fileno(), KEYS)
        stream.truncate(FIRST_CHUNK + 10)
        with pytest.raises(BrokenSeal):
            file.read_at(0, 100)
