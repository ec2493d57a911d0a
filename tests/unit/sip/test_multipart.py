"""SDP among other parts of a body (RFC 5621; RFC 2046, 5.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.hop import Address
from voicecore.sip.message import Message, Request
from voicecore.sip.multipart import SDP, with_plain_sdp
from voicecore.sip.parser import parse_datagram
from voicecore.testing.sip_text import request_text

FAR, NEAR = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
BODY = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
MIXED = "multipart/mixed;boundary=unique-boundary-1"
ISUP = (
    "application/isup;version=itu-t92+;base=itu-t92+",
    "signal;handling=optional",
    b"\x01\x00\x49\x0d\x0a\x2d\x2d\x00",
)


def part(kind: str, disposition: str, content: bytes) -> bytes:
    fields = [f"Content-Type: {kind}"] + ([f"content-disposition: {disposition}"] if disposition else [])
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + content


def multipart(*parts: bytes, boundary: str = "unique-boundary-1") -> bytes:
    mark = f"--{boundary}".encode()
    return b"".join([mark + b"\r\n" + one + b"\r\n" for one in parts]) + mark + b"--\r\n"


def message(body: bytes, kind: str = MIXED, method: str = "INVITE") -> Message:
    text = request_text(method, FAR, NEAR, fields=[f"Content-Type: {kind}"], body=body)
    return parse_datagram(text)


OFFER, OTHER = part(SDP, "", BODY), part(*ISUP)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (multipart(OFFER, OTHER), MIXED),
        (multipart(OTHER, OFFER), 'Multipart/Mixed; Boundary="unique-boundary-1"'),
        (multipart(OFFER, OTHER, boundary="a b:c"), 'multipart/mixed; boundary="a b:c"; x=y'),
        (
            b"preamble\r\n" + multipart(OTHER, OFFER) + b"epilogue",
            "multipart/related;boundary=unique-boundary-1",
        ),
        (
            multipart(part("Application/SDP ; charset=utf-8", "session", BODY)),
            "multipart/mixed;boundary=unique-boundary-1",
        ),
        (multipart(b"\r\njust text", OFFER), MIXED),
    ],
)
def test_sdp_is_found_among_other_parts(body: bytes, kind: str) -> None:
    plain = with_plain_sdp(message(body, kind))
    assert (plain.content_type, plain.body) == (SDP, BODY)


def test_an_answer_is_found_in_a_response() -> None:
    request = request_text("INVITE", FAR, NEAR).decode()
    copied = [
        line for line in request.split("\r\n") if line.startswith(("Via", "From", "To", "Call-ID", "CSeq"))
    ]
    body = multipart(OTHER, OFFER)
    lines = ["SIP/2.0 200 OK", *copied, f"Content-Type: {MIXED}"]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
    assert with_plain_sdp(parse_datagram(head + body)).body == BODY


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (multipart(OTHER), MIXED),
        (multipart(OFFER, OTHER), "multipart/mixed"),
        (multipart(OFFER, OTHER), "multipart/mixed;boundary=another"),
        (multipart(OFFER, OTHER), "multipart/mixed;boundary=" + "b" * 71),
        (multipart(OFFER, OTHER)[:-20], MIXED),
        (multipart(*[OTHER] * 40, OFFER), MIXED),
        (
            multipart(OFFER, part(ISUP[0], "signal; Handling=required", ISUP[2])),
            "multipart/mixed;boundary=unique-boundary-1",
        ),
        (BODY, SDP),
    ],
)
def test_any_other_message_stays_as_it_is(body: bytes, kind: str) -> None:
    before = message(body, kind)
    assert with_plain_sdp(before) is before


def test_a_text_message_keeps_its_parts() -> None:
    before = message(multipart(OFFER, OTHER), method="MESSAGE")
    assert with_plain_sdp(before) is before


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_any_parts_leave_the_message_or_its_sdp(parts: list[bytes], has_offer: bool) -> None:
    contents = [part("application/x", "", content) for content in parts if b"--unique" not in content]
    before = message(multipart(*contents, *([OFFER] if has_offer else [])))
    after = with_plain_sdp(before)
    assert isinstance(after, Request)
    assert after.body == (BODY if has_offer else before.body)


@given(st.binary(max_size=300))
def test_any_body_is_read_or_left(body: bytes) -> None:
    before = message(body.replace(b"B", b"\r\n--unique-boundary-1"))
    after = with_plain_sdp(before)
    assert after is before or after.content_type == SDP
