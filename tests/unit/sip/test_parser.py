"""The parser's rules and limits beyond the messages of RFC 4475."""

from __future__ import annotations

import pytest

from tests.bench.hostile import hostile_messages
from voicecore.sip.message import Request, Response
from voicecore.sip.parser import MAX_DATAGRAM, MalformedMessage, parse_datagram

OPTIONS = (
    b"OPTIONS sip:a@b SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    b"From: <sip:c@d>;tag=1\r\n"
    b"To: <sip:a@b>\r\n"
    b"Call-ID: x\r\n"
    b"CSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def refused(data: bytes) -> MalformedMessage:
    with pytest.raises(MalformedMessage) as fault:
        parse_datagram(data)
    return fault.value


def test_a_request_is_read() -> None:
    message = parse_datagram(OPTIONS)
    assert isinstance(message, Request)
    assert (message.method, str(message.uri), message.body) == ("OPTIONS", "sip:a@b", b"")
    assert message.headers.get("Content-Length") is None


def test_line_breaks_before_the_start_line_are_skipped() -> None:
    assert parse_datagram(b"\r\n\r\n" + OPTIONS) == parse_datagram(OPTIONS)


def test_only_blanks_and_tabs_around_a_value_are_no_part_of_it() -> None:
    message = parse_datagram(OPTIONS.replace(b"Call-ID: x", b"Call-ID: \t\xc2\xa0x\xe2\x80\x83 "))
    assert message.call_id == "\u00a0x\u2003"


@pytest.mark.parametrize("start", [b"SIP/2.0 200 OK", b"sip/2.0 200", b"SIP/2.0 200 "])
def test_status_lines_are_read(start: bytes) -> None:
    message = parse_datagram(OPTIONS.replace(b"OPTIONS sip:a@b SIP/2.0", start))
    assert isinstance(message, Response)
    assert message.status == 200


def test_an_answer_with_a_strange_date_is_read() -> None:
    ok = OPTIONS.replace(b"OPTIONS sip:a@b SIP/2.0", b"SIP/2.0 200 OK")
    assert parse_datagram(ok.replace(b"CSeq", b"Date: 23 Nov 2026 16:00 CET\r\nCSeq")).headers.get("Date")


def test_latin_1_is_read_and_written_as_utf_8() -> None:
    message = parse_datagram(OPTIONS.replace(b"<sip:c@d>", b'"J\xfcrgen" <sip:c@d>'))
    assert message.from_.display == "J\u00fcrgen"
    assert b'"J\xc3\xbcrgen"' in message.to_bytes()


@pytest.mark.parametrize(
    ("old", "new", "reason", "status"),
    [
        (OPTIONS, b"", "Empty message", 400),
        (OPTIONS, b"\r\n\r\n", "Empty message", 400),
        (OPTIONS, b"x" * (MAX_DATAGRAM + 1), "Message too large", 513),
        (b"\r\n\r\n", b"\r\n", "No empty line after the header fields", 400),
        (b"Call-ID: x", b"Call-ID", "Malformed header field name", 400),
        (b"Call-ID: x", b"Call ID: x", "Malformed header field name", 400),
        (b"Call-ID: x", b": x", "Malformed header field name", 400),
        (b"Call-ID: x\r\n", b"", "Missing Call-ID", 400),
        (b"Call-ID: x", b"Call-ID:", "Malformed Call-ID: missing", 400),
        (b"Call-ID: x", b"Call-ID: x y", "Malformed Call-ID: space inside", 400),
        (b"Call-ID: x", b"Call-ID: x\r\ni: y", "Repeated Call-ID", 400),
        (b"Call-ID: x", b"Call-ID: x\x00y", "Control character in a header field", 400),
        (b"Call-ID: x", b"Call-ID: x\xc2\x85y", "Control character in a header field", 400),
        (b"Call-ID: x", b'Call-ID: "\x00"', "Control character in a header field", 400),
        (b"Call-ID: x", b"Call-ID: x\ny: z", "Line break without CR LF", 400),
        (b"Call-ID: x", b"Call-ID: x\ry: z", "Line break without CR LF", 400),
        (b"Call-ID: x", b"Call-ID: " + b"x" * 9000, "Header field too long", 400),
        (b"Call-ID: x", b"Call-ID: x" + b"\r\na:" * 300, "Too many header fields", 400),
        (b"Call-ID: x", b"Call-ID: x" + b"\r\na: " + b",;" * 2100, "Too many parameters or list items", 400),
        (b"Call-ID: x", b"Call-ID: x" + b"\r\na: " + b'\\"' * 2100, "Too many quoted pairs", 400),
        (b"Via: SIP", b"Via: ,\r\nX: SIP", "Malformed Via: missing", 400),
        (b"CSeq: 1", b"Via: SIP/2.0/UDP a;;\r\nCSeq: 1", "Malformed Via: malformed below the top one", 400),
        (b"CSeq:", b"v: SIP/2.0/UDP a;rport=0\r\nCSeq:", "Malformed Via: malformed below the top one", 400),
        (b"CSeq: 1", b"v: SIP/2.0/UDP a\r\n" * 101 + b"CSeq: 1", "Malformed Via: too many", 400),
        (b"CSeq: 1 OPTIONS", b"CSeq: 1", "Malformed CSeq: not a number and a method", 400),
        (b"CSeq:", b"Max-Forwards: 256\r\nCSeq:", "Malformed Max-Forwards: not a number of 0 to 255", 400),
        (b"CSeq: 1", b"Route: <sip:a\r\nCSeq: 1", "Malformed Route: unbalanced angle bracket", 400),
        (b"CSeq: 1", b"Contact: <sip:a>, <b>\r\nCSeq: 1", "Malformed Contact: malformed URI", 400),
        (b"CSeq: 1", b"m: *, <sip:a>\r\nCSeq: 1", "Malformed Contact: malformed URI", 400),
        (b"Content-Length: 0", b"Content-Length: +0", "Malformed Content-Length", 400),
        (b"Content-Length: 0", b"Content-Length: 1", "Content-Length larger than the body", 400),
        (b"sip:a@b SIP/2.0", b"sip:a@b SIP/3.0", "Version Not Supported", 505),
        (b"sip:a@b SIP/2.0", b"sip:a@b HTTP/1.1", "Malformed request line", 400),
        (b"sip:a@b SIP/2.0", b"sip:a@ SIP/2.0", "Malformed Request-URI: malformed URI", 400),
    ],
)  # fmt: skip
def test_the_fault_is_named(old: bytes, new: bytes, reason: str, status: int) -> None:
    assert old in OPTIONS
    fault = refused(OPTIONS.replace(old, new, 1))
    assert (fault.reason, fault.status) == (reason, status)


def test_a_broken_request_can_still_be_answered() -> None:
    data = OPTIONS.replace(b"To: <sip:a@b>", b"To: <sip:a@b").replace(
        b"Via: SIP/2.0/UDP ", b"Via: SIP/2.0/UDP\r\n "
    )
    request = refused(data).request
    assert request is not None
    assert (request.via.host, request.via.branch, request.from_.tag) == ("192.0.2.1", "z9hG4bK1", "1")
    assert str(request.to) == "<sip:anonymous@anonymous.invalid>"
    assert (request.call_id, str(request.cseq)) == ("x", "1 OPTIONS")


def test_a_via_that_cannot_be_read_does_not_give_way_to_the_next() -> None:
    data = OPTIONS.replace(b"Via: ", b"Via: \x00\r\nVia: ")
    assert refused(data).request is None


def test_what_is_left_of_a_request_uri_has_no_header_fields() -> None:
    request = refused(OPTIONS.replace(b"sip:a@b SIP", b"sip:a@b?x=y SIP")).request
    assert request is not None
    assert str(request.uri) == "sip:a@b"


def test_an_answer_to_a_broken_request_carries_a_bounded_number_of_vias() -> None:
    request = refused(
        OPTIONS.replace(b"Call-ID", b"v: SIP/2.0/UDP a, SIP/2.0/UDP b\r\n" * 90 + b"Call ID")
    ).request
    assert request is not None
    assert (len(request.vias), request.via.host) == (40, "192.0.2.1")


def test_hostile_messages_are_read_or_refused() -> None:
    outcomes = {}
    for name, data in hostile_messages().items():
        try:
            parse_datagram(data)
            outcomes[name] = "read"
        except MalformedMessage as fault:
            outcomes[name] = fault.reason
    assert set(outcomes) >= {"vias", "quotes", "folds"}
    assert sorted(name for name, outcome in outcomes.items() if outcome == "read") == [
        "blanks",
        "escapes",
    ]


def test_a_patched_via_keeps_its_branch() -> None:
    request = refused(OPTIONS.replace(b";branch", b";;branch")).request
    assert request is not None
    assert str(request.via) == "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"


@pytest.mark.parametrize(
    "data",
    [
        OPTIONS.replace(b"OPTIONS sip:a@b SIP/2.0", b"SIP/2.0 99 Low"),
        OPTIONS.replace(b"Via: SIP", b"X: SIP"),
        b"\x00" * 100,
        b"hello",
    ],
)
def test_what_is_no_request_is_not_answered(data: bytes) -> None:
    assert refused(data).request is None
