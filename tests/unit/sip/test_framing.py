from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.framing import KeepAlive, Piece, StreamFramer, refusal
from voicecore.sip.hop import Address, Hop
from voicecore.sip.parser import MalformedMessage, parse_datagram

HOP = Hop("TCP", Address("192.0.2.1", 5060), Address("192.0.2.2", 40000))
HEAD = (
    b"OPTIONS sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK1;rport\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:x@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
)


def message(body: bytes = b"", length: str = "Content-Length: {}") -> bytes:
    return HEAD + length.format(len(body)).encode() + b"\r\n\r\n" + body


def framed(stream: bytes, cuts: list[int] | None = None, *, pongs: int = 0) -> list[Piece]:
    framer = StreamFramer()
    for _ in range(pongs):
        framer.expect_pong()
    places = sorted({0, *(cut % (len(stream) + 1) for cut in cuts or []), len(stream)})
    return [
        piece for first, last in itertools.pairwise(places) for piece in framer.receive(stream[first:last])
    ]


def told(pieces: list[Piece]) -> list[object]:
    """Faults do not compare equal; what they say does."""
    return [(p.status, p.reason) if isinstance(p, MalformedMessage) else p for p in pieces]


def fault_of(stream: bytes) -> MalformedMessage:
    *_, last = framed(stream)
    assert isinstance(last, MalformedMessage)
    return last


def test_one_byte_at_a_time_gives_the_message() -> None:
    whole = message(b"v=0\r\n")
    assert framed(whole, list(range(len(whole)))) == [whole]


def test_two_messages_of_one_segment_are_two() -> None:
    assert framed(message(b"a") + message()) == [message(b"a"), message()]


@pytest.mark.parametrize(
    "length",
    ["l: {}", "CONTENT-LENGTH :{}", "Content-Length:\r\n  {}", "Content-Length\r\n : {} ", "L:{}\r\nX: l: 9"],
)
def test_content_length_is_found_however_it_is_written(length: str) -> None:
    stream = message(b"abc", length)
    assert framed(stream + message()) == [stream, message()]
    parsed = parse_datagram(stream)
    assert parsed.body == b"abc"


@pytest.mark.parametrize(
    ("length", "status", "reason"),
    [
        ("Subject: none", 400, "Missing Content-Length"),
        ("Subject: l\r\n : 5", 400, "Missing Content-Length"),
        ("Content-Length: 0\r\nl: 0", 400, "Repeated Content-Length"),
        ("Content-Length: -1", 400, "Malformed Content-Length"),
        ("Content-Length: 1 2", 400, "Malformed Content-Length"),
        ("Content-Length:", 400, "Malformed Content-Length"),
        ("Content-Length: 70000", 513, "Message too large"),
        ("Content-Length: 99999999999999999999", 513, "Message too large"),
    ],
)
def test_a_length_that_cannot_be_trusted_ends_the_stream(length: str, status: int, reason: str) -> None:
    pieces = framed(message() + message(b"", length) + message())
    assert told(pieces) == [message(), (status, reason)]


def test_nothing_comes_after_a_fault() -> None:
    framer = StreamFramer()
    framer.receive(message(b"", "Subject: none"))
    assert framer.receive(message()) == []
    assert framer.buffered == 0


def test_a_head_without_end_is_cut_at_the_limit() -> None:
    framer = StreamFramer(max_message=1000)
    assert framer.receive(HEAD) == []
    (fault,) = framer.receive(b"X: " + bytes(1000))
    assert isinstance(fault, MalformedMessage)
    assert (fault.status, framer.buffered) == (513, 0)


def test_a_request_that_cannot_be_framed_is_answered_on_its_connection() -> None:
    response = refusal(fault_of(message(b"", "l: x")), HOP)
    assert response is not None
    parsed = parse_datagram(response)
    assert response.startswith(b"SIP/2.0 400 Malformed Content-Length\r\n")
    assert (parsed.call_id, parsed.via.received, parsed.via.rport) == ("1", "192.0.2.2", 40000)
    assert parsed.to.tag


@pytest.mark.parametrize("head", [HEAD.replace(b"OPTIONS", b"ACK"), b"SIP/2.0 200 OK\r\n", b"x\r\n", b""])
def test_what_may_not_be_answered_is_not(head: bytes) -> None:
    assert refusal(fault_of(head + b"l: x\r\n\r\n"), HOP) is None


def test_a_double_line_end_between_messages_is_a_ping() -> None:
    stream = b"\r\n\r\n" + message() + b"\r\n\r\n\r\n\r\n"
    assert framed(stream) == [KeepAlive.PING, message(), KeepAlive.PING, KeepAlive.PING]


def test_a_single_line_end_is_skipped() -> None:
    assert framed(b"\r\n" + message() + b"\r\n" + message()) == [message(), message()]


def test_the_answer_to_our_ping_is_no_half_of_the_peers() -> None:
    assert framed(b"\r\n\r\n\r\n", pongs=1) == [KeepAlive.PONG, KeepAlive.PING]
    assert framed(b"\r\n\r\n", pongs=2) == [KeepAlive.PONG, KeepAlive.PONG]


_pieces = st.lists(
    st.one_of(
        st.binary(max_size=40).map(message),
        st.sampled_from([b"\r\n", b"\r\n\r\n", b"\r", b"\n", HEAD, b"x", message(b"", "l: x")]),
    ),
    max_size=6,
).map(b"".join)


@given(_pieces | st.binary(max_size=200), st.lists(st.integers(0, 5000), max_size=30), st.integers(0, 3))
def test_any_split_of_a_stream_gives_the_same(stream: bytes, cuts: list[int], pongs: int) -> None:
    assert told(framed(stream, cuts, pongs=pongs)) == told(framed(stream, pongs=pongs))


@given(st.lists(st.binary(max_size=60), max_size=8), st.lists(st.integers(0, 5000), max_size=30))
def test_messages_come_out_as_they_went_in(bodies: list[bytes], cuts: list[int]) -> None:
    sent = [message(body) for body in bodies]
    assert framed(b"".join(sent), cuts) == sent
