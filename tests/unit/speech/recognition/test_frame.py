"""The words between a recogniser's process and ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.speech.recognition.frame import (
    Frame,
    FrameKind,
    FrameReader,
    Heard,
    UtteranceId,
    heard_from_body,
    heard_to_body,
    search_from_body,
    search_to_body,
)
from voicecore.speech.recognition.search import Search, SearchKind

FRAMES = st.lists(
    st.builds(
        Frame, st.sampled_from(FrameKind), st.integers(0, 2**32 - 1).map(UtteranceId), st.binary(max_size=50)
    )
)


@given(frames=FRAMES, cuts=st.lists(st.integers(1, 20), max_size=20))
def test_frames_come_out_as_they_went_in_however_they_are_cut(frames: list[Frame], cuts: list[int]) -> None:
    octets, reader, found = b"".join(frame.encoded() for frame in frames), FrameReader(), list[Frame]()
    for cut in [*cuts, len(octets)]:
        found += reader.feed(octets[:cut])
        octets = octets[cut:]
    found += reader.feed(octets)
    assert found == frames


@given(octets=st.binary(max_size=200))
def test_any_octets_are_frames_or_the_process_is_to_blame(octets: bytes) -> None:
    try:
        frames = FrameReader().feed(octets)
    except PeerError:
        return
    assert octets.startswith(b"".join(frame.encoded() for frame in frames))


def test_a_body_beyond_the_limit_is_refused_before_it_comes() -> None:
    with pytest.raises(PeerError):
        FrameReader().feed(bytes([FrameKind.AUDIO]) + bytes(4) + b"\xff\xff\xff\xff")


@given(
    kind=st.sampled_from(SearchKind),
    phrases=st.lists(st.text(max_size=10), max_size=5).map(tuple),
    text=st.text(max_size=20),
    confidence=st.floats(0, 1),
)
def test_bodies_are_read_back(
    kind: SearchKind, phrases: tuple[str, ...], text: str, confidence: float
) -> None:
    assert search_from_body(search_to_body(Search(kind, phrases), "zh")) == (Search(kind, phrases), "zh")
    assert heard_from_body(heard_to_body(Heard(text, confidence))) == Heard(text, confidence)


@given(body=st.binary(max_size=60))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for read in (search_from_body, heard_from_body):
        with pytest.raises(PeerError):
            read(body)


def test_deep_json_is_refused() -> None:
    with pytest.raises(PeerError):
        heard_from_body(b"[" * 100_000)
