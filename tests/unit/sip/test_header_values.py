"""Addresses, Via and CSeq: the values of single header fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.cseq import CSeq
from voicecore.sip.hop import Address
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('"A. G. Bell" <sip:agb@bell.com> ;tag=a48s', '"A. G. Bell" <sip:agb@bell.com>;tag=a48s'),
        ("sip:+1212@server.com;tag=887s", "<sip:+1212@server.com>;tag=887s"),
        ("Anonymous <sip:c8@anonymous.invalid>;tag=hyh8", '"Anonymous" <sip:c8@anonymous.invalid>;tag=hyh8'),
        ('"say \\"hi\\", \\\\o" <sip:a@b;x=1>;y="q;,"', '"say \\"hi\\", \\\\o" <sip:a@b;x=1>;y="q;,"'),
        ("J\u00fcrgen <sip:a@b>", '"J\u00fcrgen" <sip:a@b>'),
        ('""<sip:a@b>', "<sip:a@b>"),
        ("<sip:a@b>;x ; Y = z", "<sip:a@b>;x;y=z"),
    ],
)
def test_addresses_are_read_and_written(text: str, written: str) -> None:
    assert str(NameAddr.parse(text)) == written
    assert NameAddr.parse(written) == NameAddr.parse(text)


def test_the_tag_of_an_address() -> None:
    plain = NameAddr("Bob", Uri.parse("sip:bob@b"))
    assert plain.tag is None
    assert plain.with_tag("x").with_tag("y") == NameAddr("Bob", plain.uri, (("tag", "y"),))
    assert NameAddr.parse("<sip:a@b>;tag").tag is None
    assert NameAddr.parse("<sip:a@b>;q=0.5").parameter("q") == "0.5"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no address"),
        ('"Bob <sip:bob@b>', "unbalanced quotation mark"),
        ("Bob <sip:bob@b", "unbalanced angle bracket"),
        ("Bell, Alexander <sip:a@b>", "display name needs quotation marks"),
        ("< sip:a@b >", "space inside the URI"),
        ("<sip:a@b>;;", "malformed parameter"),
        ("<sip:a@b> x", "malformed parameter"),
        ("sip:a@b?Route=c", "URI with header fields outside angle brackets"),
        ("<sip:a@b>" + ";x" * 65, "too many parameters"),
    ],
)
def test_the_fault_of_a_broken_address_is_named(text: str, fault: str) -> None:
    with pytest.raises(PeerError) as refused:
        NameAddr.parse(text)
    assert refused.value.reason == fault


@given(st.text('"\\<>;,=@: sipab%', max_size=30) | st.text(max_size=30))
def test_any_text_gives_an_address_that_survives_writing_or_the_peers_fault(text: str) -> None:
    try:
        address = NameAddr.parse(text)
    except PeerError:
        return
    assert NameAddr.parse(str(address)) == address


def test_a_blank_before_the_bracket_is_no_display_name() -> None:
    assert NameAddr.parse(" <tel:1>") == NameAddr("", Uri("tel", opaque="1"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30).map(str.strip))
def test_any_display_name_survives_writing(display: str) -> None:
    address = NameAddr(display, Uri("sip", host="a"))
    assert NameAddr.parse(str(address)) == address


def test_the_parts_of_a_via() -> None:
    via = Via.parse("sip / 2.0 / udp [2001:DB8::1] : 5061 ; branch=z9hG4bKa;received=[2001:db8::2];rport=9")
    assert (via.transport, via.host, via.port, via.branch) == ("UDP", "2001:db8::1", 5061, "z9hG4bKa")
    assert (via.received, via.rport, via.wants_rport) == ("2001:db8::2", 9, True)
    assert str(via) == "SIP/2.0/UDP [2001:db8::1]:5061;branch=z9hG4bKa;received=[2001:db8::2];rport=9"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SIP/2.0/UDP 192.0.2.1;branch=b", "SIP/2.0/UDP 192.0.2.1;branch=b"),
        ("SIP/2.0/UDP 10.0.0.1;branch=b", "SIP/2.0/UDP 10.0.0.1;branch=b;received=192.0.2.1"),
        (
            "SIP/2.0/UDP a.example;rport;branch=b",
            "SIP/2.0/UDP a.example;rport=4000;branch=b;received=192.0.2.1",
        ),
        ("SIP/2.0/UDP 192.0.2.1;rport", "SIP/2.0/UDP 192.0.2.1;rport=4000;received=192.0.2.1"),
        (
            "SIP/2.0/UDP a.example;rport=;branch=b",
            "SIP/2.0/UDP a.example;rport=4000;branch=b;received=192.0.2.1",
        ),
        (
            "SIP/2.0/UDP 192.0.2.1;branch=b;RPort =",
            "SIP/2.0/UDP 192.0.2.1;branch=b;rport=4000;received=192.0.2.1",
        ),
        ("SIP/2.0/UDP a.example;received=6.6.6.6", "SIP/2.0/UDP a.example;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1;received=6.6.6.6", "SIP/2.0/UDP 192.0.2.1"),
    ],
)
def test_received_and_rport_are_filled_in(text: str, written: str) -> None:
    assert str(Via.parse(text).with_received("192.0.2.1", 4000)) == written


@pytest.mark.parametrize(
    "text",
    ["", "SIP/2.0/UDP", "SIP/1.0/UDP a", "SIP/2.0/UDP a b", "SIP/2.0/UDP a:0", "SIP/2.0/UDP a;;branch=b",
     "SIP/2.0/UDP a;rport=0", "SIP/2.0/UDP a;rport=65536", "SIP/2.0/UDP a;rport=x",
     "SIP/2.0/UDP a;branch=", "SIP/2.0/UDP a;xrport=", "SIP/2.0/UDP [::x]"],
)  # fmt: skip
def test_a_broken_via_is_refused(text: str) -> None:
    with pytest.raises(PeerError):
        Via.parse(text)


@given(st.text("SIP/2.0UDP ;=:[]a1,rport", max_size=30).map("SIP/2.0/UDP {}".format))
def test_any_via_survives_writing_or_is_refused(text: str) -> None:
    try:
        via = Via.parse(text)
    except PeerError:
        return
    assert Via.parse(str(via)) == via
    assert via.with_received("192.0.2.9", 7).wants_rport == via.wants_rport


def test_cseq_is_read_and_written() -> None:
    assert CSeq.parse("0009  INVITE") == CSeq(9, "INVITE")
    assert str(CSeq(2147483647, "ACK")) == "2147483647 ACK"


@pytest.mark.parametrize(
    "text", ["", "1", "INVITE", "-1 INVITE", "1INVITE", "2147483648 INVITE", "\u0661 INVITE"]
)
def test_a_broken_cseq_is_refused(text: str) -> None:
    with pytest.raises(PeerError):
        CSeq.parse(text)


def test_an_address_is_written_with_its_port() -> None:
    assert [str(Address("192.0.2.1", 5060)), str(Address("::1", 5060))] == ["192.0.2.1:5060", "[::1]:5060"]
