"""Session descriptions: reading and writing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.octets import shape_of
from voicecore.sdp.line import MAX_LINES, UNREMEMBERED, MalformedDescription
from voicecore.sdp.media import Direction
from voicecore.sdp.session import SessionDescription

PHONE = b"""v=0\r
o=- 3955310123 3955310124 IN IP4 192.0.2.10\r
s=call\r
b=AS:84\r
c=IN IP4 192.0.2.10\r
t=0 0\r
a=X-nat:0\r
a=sendonly\r
m=audio 4000 RTP/AVP 8 0 101\r
c=IN IP6 2001:db8::7\r
a=rtcp:4005 IN IP4 192.0.2.10\r
a=rtpmap:101 telephone-event/8000\r
a=maxptime:40\r
a=novel-attribute:1 2 3\r
m=video 0/2 RTP/AVP 31\r
"""


def test_a_description_survives_writing_byte_for_byte() -> None:
    assert SessionDescription.parse(PHONE).to_bytes() == PHONE


def test_media_lines_override_session_lines() -> None:
    session = SessionDescription.parse(PHONE)
    audio, video = session.media
    connection = session.connection_of(audio)
    assert connection is not None
    assert connection.address == "2001:db8::7"
    assert session.connection_of(video) == session.connection
    assert session.direction_of(audio) is Direction.SENDONLY
    assert audio.attribute("novel-attribute") == "1 2 3"
    assert session.attribute("X-nat") == "0"
    assert audio.rtcp == (4005, "192.0.2.10")
    assert audio.max_packet_time == 40
    assert audio.packet_time is None


def test_a_description_without_media_is_read() -> None:
    assert SessionDescription.parse(PHONE.partition(b"m=")[0]).media == ()


def test_line_feed_alone_ends_a_line() -> None:
    assert SessionDescription.parse(PHONE.replace(b"\r\n", b"\n")) == SessionDescription.parse(PHONE)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"v=0\r\n", b"", "does not begin with v= and o="),
        (b"v=0", b"v=1", "Unknown version"),
        (b"o=- 3955310123", b"o=- x", "Malformed o= line"),
        (b"o=- 3955310123 3955310124", b"o=-", "Malformed o= line"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP4", "Malformed c= line"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP6 192.0.2.10", "Malformed address"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP4 <b>", "Malformed address"),
        (b"m=audio 4000", b"m=audio 65536", "Malformed port"),
        (b"m=audio 4000", b"m=audio", "Malformed port"),
        (b"m=video 0/2 RTP/AVP 31", b"m=video 0", "Malformed m= line"),
        (b"rtpmap:101 telephone-event/8000", b"rtpmap:101 telephone-event", "Malformed a=rtpmap"),
        (b"rtpmap:101", b"rtpmap:128", "Malformed a=rtpmap"),
        (b"rtcp:4005 IN IP4 192.0.2.10", b"rtcp:4005 IN", "Malformed a=rtcp"),
        (b"s=call", b"s=ca\x07ll", "Control character"),
        (b"s=call", b"s=ca\rll", "Control character"),
        (b"s=call", b"s" + b"=" * 5000, "Line too long"),
        (b"s=call", b"scall", "Malformed line"),
        (b"s=call\r\n", b"a=x\r\n" * (MAX_LINES + 1), "Too many lines"),
    ],
)
def test_the_fault_is_named(old: bytes, new: bytes, reason: str) -> None:
    assert old in PHONE
    with pytest.raises(MalformedDescription, match=reason):
        SessionDescription.parse(PHONE.replace(old, new, 1))


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PHONE.split(b"\r\n")), max_size=20).map(b"\n".join))
def test_any_bytes_give_a_description_or_the_peers_fault(body: bytes) -> None:
    try:
        session = SessionDescription.parse(body)
    except PeerError:
        return
    assert SessionDescription.parse(session.to_bytes()) == session


@given(st.data())
def test_a_damaged_description_never_raises_anything_else(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(PHONE)))
    end = data.draw(st.integers(start, min(start + 12, len(PHONE))))
    body = PHONE[:start] + data.draw(st.binary(max_size=12)) + PHONE[end:]
    try:
        session = SessionDescription.parse(body)
    except PeerError:
        return
    for media in session.media:
        _ = session.connection_of(media), media.rtcp, session.direction_of(media), media.packet_time
    assert SessionDescription.parse(session.to_bytes()) == session


SOFT_PHONE = b"""v=0\r
o=alice 1 2 IN IP4 192.0.2.10\r
s=-\r
c=IN IP4 192.0.2.10\r
t=0 0\r
m=audio 4000 RTP/AVP 0 101\r
a=rtpmap:101 telephone-event/8000\r
a=ptime:30\r
m=video 4002 RTP/AVP 31\r
"""


def _read(parse: Callable[[bytes], SessionDescription], body: bytes) -> SessionDescription | tuple[str, int]:
    try:
        return parse(body)
    except PeerError as fault:
        return fault.reason, fault.status


@given(st.data())
def test_what_was_heard_before_changes_no_description(data: st.DataObject) -> None:
    before = SOFT_PHONE.replace(b"4000", b"%d" % data.draw(st.integers(0, 70_000)))
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, min(start + 8, len(before))))
    inserted = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"99999", b"\r\nm=audio 5 RTP/AVP 0", b"=", b" "])
    )
    body = before[:start] + inserted + before[end:]
    _read(SessionDescription.parse, SOFT_PHONE)
    assert _read(SessionDescription.parse, before) == _read(SessionDescription.parse_anew, before)
    assert _read(SessionDescription.parse, body) == _read(SessionDescription.parse_anew, body)
    assert _read(SessionDescription.parse, body) == _read(SessionDescription.parse_anew, body)


@pytest.mark.parametrize("beginning", UNREMEMBERED)
def test_no_memory_keeps_a_description_with_what_is_of_one_call_only(beginning: str) -> None:
    assert shape_of(SOFT_PHONE) is not None
    assert shape_of(SOFT_PHONE + f"{beginning}1 secret\r\n".encode()) is None
