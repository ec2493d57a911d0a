"""Header fields and messages as values."""

from __future__ import annotations

import pytest

from voicecore.errors import PeerError, UsageError
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request, Response
from voicecore.sip.uri import Uri

HEADERS = Headers.of(
    ("v", "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b"),
    ("via", "SIP/2.0/TCP c"),
    ("f", "<sip:a@a>;tag=1"),
    ("To", '"x, y" <sip:b@b>'),
    ("call-id", "c@d"),
    ("CSeq", "1 INVITE"),
    ("X-Flavour", "sweet, sour"),
    ("Contact", '"a, b" <sip:a,b@[::1];x=1>;q=1, <sip:c@d>'),
    ("Supported", ""),
)


def invite(headers: Headers = HEADERS) -> Request:
    return Request("INVITE", Uri.parse("sip:b@b"), headers, b"body")


def test_names_are_blind_to_case_and_know_compact_forms() -> None:
    assert HEADERS.get("Call-ID") == HEADERS.get("i") == HEADERS.get("CALL-ID") == "c@d"
    assert HEADERS.get("x-flavour") == "sweet, sour"
    assert HEADERS.get("Date") is None
    assert "v" in HEADERS
    assert "Date" not in HEADERS


def test_lists_are_split_and_other_values_are_not() -> None:
    assert HEADERS.all("Via") == ("SIP/2.0/UDP a;branch=1", "SIP/2.0/UDP b", "SIP/2.0/TCP c")
    assert HEADERS.get("Via") == "SIP/2.0/UDP a;branch=1"
    assert HEADERS.all("Contact") == ('"a, b" <sip:a,b@[::1];x=1>;q=1', "<sip:c@d>")
    assert HEADERS.all("To") == ('"x, y" <sip:b@b>',)
    assert HEADERS.all("Supported") == HEADERS.all("Require") == ()


def test_header_fields_are_changed_by_copy() -> None:
    changed = (
        HEADERS.with_("via", "SIP/2.0/UDP z").with_("Date", "today").without("X-FLAVOUR").adding("s", "hi")
    )
    assert changed.all("Via") == ("SIP/2.0/UDP z",)
    assert [name for name, _ in changed] == [
        "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Supported", "Date", "Subject",
    ]  # fmt: skip
    assert len(HEADERS) == 9
    assert Headers(HEADERS) == HEADERS
    assert hash(Headers(HEADERS)) == hash(HEADERS)


def test_typed_header_fields_of_a_message() -> None:
    request = invite()
    assert [via.host for via in request.vias] == ["a", "b", "c"]
    assert (request.via.branch, request.from_.tag, request.to.display) == ("1", "1", "x, y")
    assert (request.call_id, request.cseq.number) == ("c@d", 1)
    assert [contact.uri.user for contact in request.contacts] == ["a,b", "c"]
    assert (request.content_type, request.max_forwards, request.routes("Route")) == (None, None, ())
    assert request.cseq is request.cseq


def test_only_the_two_route_header_fields_are_routes() -> None:
    with pytest.raises(UsageError):
        invite().routes("Contact")


def test_the_media_type_has_no_parameters() -> None:
    typed = invite(HEADERS.with_("c", "Application / SDP ;charset=x"))
    assert typed.content_type == "application/sdp"


def test_a_wildcard_contact_is_no_address() -> None:
    assert invite(HEADERS.with_("Contact", "*")).contact is None


def test_missing_header_fields_of_a_message_by_hand_are_told() -> None:
    with pytest.raises(PeerError):
        _ = invite(Headers()).via
    with pytest.raises(PeerError):
        _ = invite(Headers()).to


def test_the_length_is_written_last_and_once() -> None:
    headers = Headers.of(("l", "99"), ("To", "<sip:a@b>"))
    assert Response(180, "Ringing", headers, b"xyz").to_bytes() == (
        b"SIP/2.0 180 Ringing\r\nTo: <sip:a@b>\r\nContent-Length: 3\r\n\r\nxyz"
    )
    assert invite(Headers()).to_bytes() == b"INVITE sip:b@b SIP/2.0\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize("text", ["a\r\nVia: evil", "a\nb", "a\rb"])
def test_a_line_break_in_our_own_value_is_our_bug(text: str) -> None:
    with pytest.raises(UsageError):
        Response(200, "OK", Headers.of(("Subject", text))).to_bytes()
    with pytest.raises(UsageError):
        Response(200, text, Headers()).to_bytes()
