"""The IPv6 messages of RFC 5118."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.sdp.session import SessionDescription
from voicecore.sip.message import Request
from voicecore.sip.parser import MalformedMessage, parse_datagram

FOLDER = Path(__file__).parents[4] / "shared" / "testdata" / "rfc5118"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/testdata/rfc5118 is not there")


def request(name: str) -> Request:
    message = parse_datagram((FOLDER / name).read_bytes())
    assert isinstance(message, Request)
    assert parse_datagram(message.to_bytes()) == message
    return message


def test_a_reference_with_brackets_is_an_address() -> None:
    message = request("ipv6-good")
    assert (message.uri.host, message.via.host, message.via.port) == ("2001:db8::10", "2001:db8::9:1", None)


def test_an_address_without_brackets_is_refused() -> None:
    with pytest.raises(MalformedMessage, match="Malformed Request-URI"):
        parse_datagram((FOLDER / "ipv6-bad").read_bytes())


def test_a_port_stands_outside_the_brackets() -> None:
    assert request("port-ambiguous").uri[3:5] == ("2001:db8::10:5070", None)
    assert request("port-unambiguous").uri[3:5] == ("2001:db8::10", 5070)


@pytest.mark.parametrize("name", ["via-received-param-no-delim", "via-received-param-with-delim"])
def test_received_is_read_with_and_without_brackets(name: str) -> None:
    assert request(name).via.received == "2001:db8::9:255"


def test_both_families_in_one_message() -> None:
    message = request("mult-ip-in-header")
    assert [(via.host, via.port) for via in message.vias] == [
        ("2001:db8::9:1", 6050),
        ("192.0.2.1", None),
        ("2001:db8::9:255", None),
    ]
    assert message.vias[2].received == "192.0.2.200"


def test_addresses_inside_descriptions() -> None:
    session = SessionDescription.parse(request("ipv6-in-sdp").body)
    assert session.connection is not None
    assert session.connection.address == "2001:db8::20"
    session = SessionDescription.parse(request("mult-ip-in-sdp").body)
    addresses = [media.connection.address for media in session.media if media.connection]
    assert addresses == ["192.0.2.1", "2001:db8::1"]


def test_mapped_addresses_are_read() -> None:
    message = request("ipv4-mapped-ipv6")
    assert (message.via.host, message.via.port) == ("::ffff:192.0.2.10", 19823)
    assert message.contact is not None
    assert message.contact.uri.host == "::ffff:192.0.2.2"


def test_the_third_colon_of_the_old_grammar_is_forgiven_and_not_written() -> None:
    for name in ("ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"):
        assert str(request(name).uri) == "sip:user@[2001:db8::192.0.2.1]"
