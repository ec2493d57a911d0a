"""SIP URIs, with the examples of RFC 3261, 19.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.grammar import REMEMBERED
from voicecore.sip.uri import Uri


@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@atlanta.com",
        "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sips:1212@gateway.com",
        "sip:alice@192.0.2.4",
        "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
        "sip:alice;day=tuesday@atlanta.com",
        "sip:[2001:db8::1]:5061;lr",
        "tel:+1-201-555-0123;phone-context=example.com",
        "urn:service:sos",
    ],
)
def test_a_uri_survives_writing(text: str) -> None:
    assert str(Uri.parse(text)) == text


def test_the_parts_of_a_uri() -> None:
    uri = Uri.parse("SIP:1000:pass@Example.COM:5070;Transport=TCP;lr?Subject=a")
    assert uri == Uri(
        "sip", "1000", "pass", "example.com", 5070, (("transport", "TCP"), ("lr", None)), "Subject=a"
    )
    assert (uri.parameter("transport"), uri.parameter("lr"), uri.parameter("maddr")) == ("TCP", "", None)
    assert str(uri.with_parameter("lr", "on").with_parameter("x", None)) == (
        "sip:1000:pass@example.com:5070;transport=TCP;lr=on;x?Subject=a"
    )


def test_a_number_with_a_hash_is_read_as_dialled() -> None:
    for text in ("sip:*21%23@pbx", "sip:*21#@pbx"):
        uri = Uri.parse(text)
        assert (uri.user, uri.dialled, str(uri)) == ("*21%23", "*21#", "sip:*21%23@pbx")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel:+1-201-555-0123", "+12015550123"),
        ("tel:863-1234;phone-context=+1-914-555", "8631234"),
        ("tel:(030)%20123", "(030)%20123"),
        ("sip:+1-212-555-1212;npdi;rn=+1212@gateway.com;user=phone", "+12125551212"),
        ("sip:alice;day=tuesday@atlanta.com", "alice;day=tuesday"),
        ("sip:1-2@atlanta.com", "1-2"),
        ("tel:alice", "alice"),
    ],
)
def test_a_telephone_number_is_read_without_parameters_and_separators(text: str, number: str) -> None:
    assert Uri.parse(text).number == number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
        ("tel:+1", "tel:+1"),
    ],
)
def test_equal_uris_match_both_ways(one: str, other: str) -> None:
    assert Uri.parse(one).matches(Uri.parse(other))
    assert Uri.parse(other).matches(Uri.parse(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a%2Bb@c", "sip:a+b@c"),
        ("tel:+1", "sip:+1@a"),
    ],
)
def test_different_uris_do_not_match(one: str, other: str) -> None:
    assert not Uri.parse(one).matches(Uri.parse(other))
    assert not Uri.parse(other).matches(Uri.parse(one))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "malformed URI"),
        ("sip:", "malformed URI"),
        ("sip:@host", "malformed URI"),
        ("sip:a@", "malformed URI"),
        ("sip:a@b@c", "malformed URI"),
        ("sip:a@b;", "malformed URI"),
        ("sip:a@b:", "malformed URI"),
        ("sip:a@b:0", "port out of range"),
        ("sip:a@b:65536", "port out of range"),
        ("tel:1\x002", "malformed URI"),
        ("tel:1\x852", "malformed URI"),
        ("sip:a@b:" + "9" * 5000, "port out of range"),
        ("sip:a@[::g]", "malformed URI"),
        ("sip:a@[1:2]", "malformed IPv6 address"),
        ("sip:%zz@b", "malformed escape"),
        ("sip:a b@c", "space inside the URI"),
        ("<sip:a@b>", "angle bracket in the URI"),
        ("sip:a@b" + ";x" * 65, "too many parameters"),
        ("1ab:c", "malformed URI"),
    ],
)
def test_the_fault_of_a_broken_uri_is_named(text: str, fault: str) -> None:
    with pytest.raises(PeerError) as refused:
        Uri.parse(text)
    assert refused.value.reason == fault


@given(
    st.text('sipSIP:@;?=%4aF[]. <>"#&/\u00e9\u0661', max_size=40).map("sip:{}".format) | st.text(max_size=40)
)
def test_any_text_gives_a_uri_that_survives_writing_or_the_peers_fault(text: str) -> None:
    try:
        uri = Uri.parse(text)
    except PeerError:
        return
    assert Uri.parse(str(uri)) == uri
    assert uri.matches(uri)
    assert str(uri).isprintable()


@pytest.mark.parametrize("text", ["x:\u00ad", "tel:+1\u200b2", "urn:a\u2028b"])
def test_a_uri_with_invisible_characters_is_refused(text: str) -> None:
    with pytest.raises(PeerError, match="malformed URI"):
        Uri.parse(text)


def test_only_so_many_uris_are_remembered() -> None:
    for number in range(REMEMBERED + 10):
        assert Uri.parse(f"sip:{number}@192.0.2.1").user == str(number)
    assert Uri.parse.cache_info().currsize == REMEMBERED


def test_a_uri_that_was_refused_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(PeerError):
            Uri.parse("sip:")
