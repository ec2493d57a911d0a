"""The messages of RFC 4475, with the values and the faults that the RFC names."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.sip.message import Message, Request, Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.parser import MalformedMessage, parse_datagram

FOLDER = Path(__file__).parents[4] / "shared" / "testdata" / "rfc4475"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/testdata/rfc4475 is not there")

VALID = (
    "wsinv",
    "intmeth",
    "esc01",
    "escnull",
    "esc02",
    "lwsdisp",
    "longreq",
    "dblreq",
    "semiuri",
    "transports",
    "mpart01",
    "unreason",
    "noreason",
)
"""Section 3.1.1."""

INVALID = {
    "badinv01": "Malformed Via: malformed parameter",
    "clerr": "Content-Length larger than the body",
    "ncl": "Malformed Content-Length",
    "scalar02": "Malformed CSeq: number out of range",
    "scalarlg": "Malformed CSeq: number out of range",
    "quotbal": "Malformed To: unbalanced quotation mark",
    "ltgtruri": "Malformed Request-URI: angle bracket in the URI",
    "lwsruri": "Malformed request line: too many or too few spaces",
    "lwsstart": "Malformed request line: too many or too few spaces",
    "trws": "Malformed request line: too many or too few spaces",
    "escruri": "Malformed Request-URI: header fields in the URI",
    "baddate": "Malformed Date: not an RFC 1123 date in GMT",
    "regbadct": "Malformed Contact: URI with header fields outside angle brackets",
    "badaspec": "Malformed To: space inside the URI",
    "baddn": "Malformed From: display name needs quotation marks",
    "badvers": "Version Not Supported",
    "mismatch01": "CSeq method does not match the request line",
    "mismatch02": "CSeq method does not match the request line",
    "bigcode": "Malformed status line",
}
"""Section 3.1.2."""

UNANSWERABLE = {
    "insuf": "Missing From",
    "multi01": "Repeated From",
    "mcl01": "Repeated Content-Length",
}
"""Of section 3.3, those that no element could answer with anything but 400."""

APPLICATION = (
    "badbranch",
    "unkscm",
    "novelsc",
    "unksm2",
    "bext01",
    "invut",
    "regaut01",
    "bcast",
    "zeromf",
    "cparam01",
    "cparam02",
    "regescrt",
    "sdp01",
    "inv2543",
)
"""Sections 3.2, 3.3 and 3.4."""


def read(name: str) -> bytes:
    data = (FOLDER / f"{name}.dat").read_bytes()
    # The copy of this message at hand lacks the empty line that the RFC prints.
    return data + b"\r\n" if name == "baddn" else data


def parse(name: str) -> Message:
    return parse_datagram(read(name))


def request(name: str) -> Request:
    message = parse(name)
    assert isinstance(message, Request)
    return message


def test_every_message_has_its_verdict() -> None:
    names = [*VALID, *INVALID, *UNANSWERABLE, *APPLICATION]
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.dat"))
    assert len(names) == 49


@pytest.mark.parametrize("name", [*VALID, *APPLICATION])
def test_well_formed_messages_survive_writing(name: str) -> None:
    message = parse(name)
    assert parse_datagram(message.to_bytes()) == message


@pytest.mark.parametrize(("name", "reason"), [*INVALID.items(), *UNANSWERABLE.items()])
def test_malformed_messages_are_refused_with_their_fault(name: str, reason: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        parse(name)
    assert (refused.value.reason, refused.value.status) == (reason, 505 if name == "badvers" else 400)
    if name in ("scalarlg", "bigcode"):
        assert refused.value.request is None
    else:
        broken = refused.value.request
        assert broken is not None
        _ = broken.via, broken.from_, broken.to, broken.call_id, broken.cseq


def test_short_tortuous_invite() -> None:
    invite = request("wsinv")
    assert str(invite.uri) == "sip:vivekg@chair-dnrc.example.com;unknownparam"
    assert [(via.transport, via.host, via.branch) for via in invite.vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert (invite.to.uri.user, invite.to.tag) == ("vivekg", "1918181833n")
    assert (invite.from_.display, invite.from_.tag) == ('J Rosenberg \\"', "98asjd8")
    assert (invite.max_forwards, invite.cseq.number, invite.cseq.method) == (68, 9, "INVITE")
    assert invite.headers.get("Subject") == ""
    assert invite.headers.get("newfangledheader") == "newfangled value continued newfangled value"
    assert invite.headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    contact = invite.contact
    assert contact is not None
    assert contact.display == 'Quoted string ""'
    assert contact.parameters == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))
    assert [str(route) for route in invite.routes("Route")] == [
        "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"
    ]
    assert len(invite.body) == 150


def test_wide_range_of_valid_characters() -> None:
    message = request("intmeth")
    assert message.method == message.cseq.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert message.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert message.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert message.uri.host == "example.com"
    assert message.to.display == "BEL: NUL: DEL:"
    assert message.from_.display == "token1~` token2'+_ token3*%!.-"
    assert message.from_.tag == "_token~1'+`*%!-."
    assert (
        message.from_.parameter("fromparam''~+*_!.-%")
        == '"\u0440\u0430\u0431\u043e\u0442\u0430\u044e\u0449\u0438\u0439"'
    )
    assert message.headers.get("EXTENSIONHEADER-!.%*+_`'~") == "\ufeff\u5927\u505c\u96fb"
    assert message.call_id == r"intmeth.word%ZK-!.*_+" + "'" + r'@word`~)(><:\/"][?}{'


def test_valid_use_of_the_percent_escape() -> None:
    invite = request("esc01")
    assert invite.uri.user == "sips%3Auser%40example.com"
    assert invite.uri.dialled == "sips:user@example.com"
    assert invite.uri.host == "example.net"
    assert invite.to.uri.user == "user"
    assert invite.from_.uri.dialled == "I have spaces"
    contact = invite.contact
    assert contact is not None
    assert contact.uri.user == "caller"
    assert contact.uri.parameters == (("lr", None), ("name", "value%2541"))


def test_escaped_nulls_in_uris() -> None:
    message = request("escnull")
    assert [contact.uri.user for contact in message.contacts] == ["%00", "%00%00"]
    assert not message.contacts[0].uri.matches(message.contacts[1].uri)
    assert message.from_.uri.dialled == "null-\x00-null"


def test_percent_when_it_is_not_an_escape() -> None:
    message = request("esc02")
    assert message.method == message.cseq.method == "RE%47IST%45R"
    assert message.to.display == "%Z%45"
    assert [contact.uri.user for contact in message.contacts] == ["alias1", "alias3"]
    assert message.headers.get("C%6Fntact") == "<sip:alias2@host2.example.com>"
    assert message.via.branch == "z9hG4bK209%fzsnel234"


def test_no_space_between_display_name_and_bracket() -> None:
    assert request("lwsdisp").from_ == NameAddr.parse("caller <sip:caller@example.com>;tag=323")


def test_long_values_in_header_fields() -> None:
    invite = request("longreq")
    assert len(invite.vias) == 34
    assert invite.to.display.startswith("I have a user name of extreme")
    assert invite.to.uri.port == 6000
    last, value = invite.to.uri.parameters[-1]
    assert (last[:14], last[-23:], value) == ("verylonglonglo", "arameternamewithnovalue", None)
    assert len(invite.call_id) > 100


def test_bytes_after_the_content_length_are_dropped() -> None:
    message = request("dblreq")
    assert (message.method, message.body) == ("REGISTER", b"")


def test_semicolon_separated_parameters_in_the_user_part() -> None:
    message = request("semiuri")
    assert message.uri.user == "user;par=u%40example.net"
    assert message.uri.parameters == ()
    assert len(message.headers.all("Accept")) == 6


def test_varied_and_unknown_transports() -> None:
    assert [via.transport for via in request("transports").vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_multipart_mime_body() -> None:
    message = request("mpart01")
    assert message.content_type == "multipart/mixed"
    assert len(message.body) == 553
    assert message.body.count(b"\x00") > 0


def test_unusual_and_empty_reason_phrases() -> None:
    unusual, empty = parse("unreason"), parse("noreason")
    assert isinstance(unusual, Response)
    assert isinstance(empty, Response)
    assert unusual.reason.startswith("= 2**3 * 5**2 \u043d\u043e")
    assert (empty.status, empty.reason) == (100, "")


def test_unknown_uri_schemes_keep_their_text() -> None:
    assert str(request("unkscm").uri) == "nobodyknowsthisscheme:totallyopaquecontent"
    assert request("novelsc").uri.scheme == "soap.beep"
    message = request("unksm2")
    assert [str(message.to.uri), str(message.from_.uri)] == ["isbn:2983792873", "http://www.example.com"]


def test_where_a_contact_parameter_belongs() -> None:
    outside, inside = request("cparam01").contact, request("cparam02").contact
    assert outside is not None
    assert inside is not None
    assert (outside.parameters, outside.uri.parameters) == ((("unknownparam", None),), ())
    assert (inside.parameters, inside.uri.parameters) == ((), (("unknownparam", None),))


def test_header_fields_in_a_contact_uri_are_kept() -> None:
    contact = request("regescrt").contact
    assert contact is not None
    assert contact.uri.headers == "Route=%3Csip:sip.example.com%3E"


def test_what_the_layers_above_decide_on() -> None:
    assert request("badbranch").via.branch == "z9hG4bK"
    assert request("bext01").headers.all("Require") == ("nothingSupportsThis", "nothingSupportsThisEither")
    assert request("zeromf").max_forwards == 0
    assert request("invut").content_type == "application/unknownformat"
    assert request("inv2543").from_.tag is None
    assert parse("bcast").vias[1].host == "255.255.255.255"
