from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.hop import Address, Hop
from voicecore.transport.sip_stream import SipStream
from voicecore.transport.tls import TlsLayer, TlsSettings, client_context
from voicecore.transport.web_socket import WebSocketLayer

HOP = Hop("WS", Address("192.0.2.1", 80), Address("192.0.2.2", 40000))
MESSAGE = b"OPTIONS sip:x SIP/2.0\r\nl: 3\r\n\r\nabc"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A client's frame, masked with zeros."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
    return bytes([first]) + length + bytes(4) + payload


def web_socket(*, is_open: bool = True) -> SipStream:
    stream = SipStream(HOP, None, WebSocketLayer())
    if is_open:
        stream.receive(UPGRADE)
        assert stream.take().startswith(b"HTTP/1.1 101 ")
    return stream


def test_pings_of_one_segment_are_answered_together() -> None:
    stream = SipStream(HOP._replace(transport="TCP"), None, None)
    intake = stream.receive(b"\r\n\r\n" * 3 + MESSAGE)
    assert (intake.pings, intake.messages, intake.fault) == (3, [MESSAGE], None)
    assert stream.take() == b"\r\n" * 3
    assert stream.take() == b""


def test_a_ping_of_ours_makes_the_next_line_end_a_pong() -> None:
    stream = SipStream(HOP._replace(transport="TCP"), None, None)
    stream.ping()
    assert stream.take() == b"\r\n\r\n"
    assert stream.receive(b"\r\n").pongs == 1


def test_a_web_socket_ping_of_ours_is_answered_by_a_pong() -> None:
    stream = web_socket()
    stream.ping()
    assert stream.take() == b"\x89\x00"
    assert stream.receive(frame(b"", 0x8A)).pongs == 1


def test_a_web_socket_that_says_goodbye_is_over() -> None:
    stream = web_socket()
    stream.receive(frame(b"\x03\xe8", 0x88))
    assert stream.is_over
    assert stream.take() == b"\x88\x02\x03\xe8"


def test_what_comes_before_a_fault_is_still_given_out() -> None:
    stream = web_socket()
    intake = stream.receive(frame(MESSAGE) + b"\xff\xff")
    assert intake.messages == [MESSAGE]
    assert stream.is_over


def test_a_ping_in_front_of_a_fault_is_not_answered() -> None:
    stream = web_socket()
    intake = stream.receive(frame(b"\r\n\r\n") + b"\xff\xff")
    assert intake.fault == "WebSocket: closing"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"Protocol: sip", b"Protocol: xmpp", "WebSocket: NegotiationError"),
        (b"Upgrade: websocket", b"Upgrade: h2c", "WebSocket: InvalidUpgrade"),
        (b"GET", b"PUT", "WebSocket: InvalidMethod"),
        (b"Host: x", b"Host: " + b"x" * 9000, "WebSocket: HeaderLineTooLong"),
    ],
)
def test_a_wrong_handshake_is_a_fault_in_our_words(old: bytes, new: bytes, fault: str) -> None:
    stream = web_socket(is_open=False)
    assert stream.receive(UPGRADE.replace(old, new)).fault == fault
    assert not stream.is_established


_frames = st.lists(
    st.one_of(
        st.builds(frame, st.binary(max_size=200), st.integers(0, 255)),
        st.sampled_from([frame(MESSAGE), frame(b"\r\n\r\n"), frame(b"", 0x01), frame(b"", 0x00)]),
        st.binary(max_size=20),
    ),
    max_size=8,
).map(b"".join)


@given(st.booleans(), _frames | st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=20))
def test_any_octets_of_a_web_socket_are_messages_or_a_fault(
    is_open: bool, data: bytes, steps: list[int]
) -> None:
    stream, place = web_socket(is_open=is_open), 0
    for step in [*steps, len(data)]:
        intake = stream.receive(data[place : place + step])
        stream.take()
        place += step
        assert stream.buffered <= 65_535
        if intake.fault is not None or stream.is_over:
            break
    stream.close()
    stream.take()


_CONTEXT = client_context(TlsSettings(verify=False))


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda rest: b"\x16\x03\x03\x00\x50" + rest))
def test_any_octets_of_tls_are_a_fault_or_wait_for_more(data: bytes) -> None:
    stream = SipStream(HOP, TlsLayer(_CONTEXT, server_name="sip.example.org"), None)
    assert stream.take()[:1] == b"\x16"
    intake = stream.receive(data)
    assert intake.messages == []
    assert not stream.is_established
    stream.take()
    stream.close()
    stream.take()
