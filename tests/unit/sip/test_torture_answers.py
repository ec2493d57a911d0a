"""What a stack answers to the messages of RFC 4475 and RFC 5118, over UDP and over a connection.

The comments give the section that describes a message. A connection is framed before: here each message comes whole.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple

import pytest

from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.output import InviteReceived, Output, PeerFault, RequestReceived, Transmit
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.testing.sip_text import request_text

TESTDATA = Path(__file__).parents[4] / "shared" / "testdata"
PEER, OURS = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)

needs_rfc4475 = pytest.mark.skipif(
    not (TESTDATA / "rfc4475").is_dir(), reason="../shared/testdata/rfc4475 is not there"
)
needs_rfc5118 = pytest.mark.skipif(
    not (TESTDATA / "rfc5118").is_dir(), reason="../shared/testdata/rfc5118 is not there"
)
over_each = pytest.mark.parametrize("transport", ["UDP", "TCP"])

ANSWERED = {
    "wsinv": (481, "3.1.1.1: legal to the last blank; its To tag names a dialog that is not here"),
    "intmeth": (405, "3.1.1.2: the method is a legal token, and nobody knows it"),
    "esc02": (405, "3.1.1.5: RE%47IST%45R is not REGISTER, escapes mean nothing in a method"),
    "lwsdisp": (200, "3.1.1.6: no blank is needed between a display name of tokens and the bracket"),
    "semiuri": (200, "3.1.1.9: parameters in the user part belong to the user"),
    "transports": (200, "3.1.1.10: what the lower Vias name need not be known"),
    "badinv01": (400, "3.1.2.1: parameters without names in Via and Contact"),
    "clerr": (400, "3.1.2.2: Content-Length promises more than came"),
    "ncl": (400, "3.1.2.3: Content-Length is negative"),
    "scalar02": (400, "3.1.2.4: numbers beyond their range in a request"),
    "quotbal": (400, "3.1.2.6: a quote that is never closed"),
    "ltgtruri": (400, "3.1.2.7: brackets around the Request-URI"),
    "lwsruri": (400, "3.1.2.8: a blank inside the Request-URI"),
    "lwsstart": (400, "3.1.2.9: more than one blank between the parts of the request line"),
    "trws": (400, "3.1.2.10: blanks after the version"),
    "escruri": (400, "3.1.2.11: header fields in the Request-URI"),
    "baddate": (400, "3.1.2.12: a date that is not in GMT; ignoring it is allowed as well"),
    "regbadct": (400, "3.1.2.13: a Contact with header fields, without brackets"),
    "badaspec": (400, "3.1.2.14: blanks inside an address"),
    "baddn": (400, "3.1.2.15: a display name of more than tokens without quotes"),
    "badvers": (505, "3.1.2.16: SIP/7.0"),
    "mismatch01": (400, "3.1.2.17: OPTIONS in the request line, INVITE in CSeq"),
    "mismatch02": (400, "3.1.2.18: the same with an unknown method; 501 is allowed as well"),
    "badbranch": (200, "3.2.1: a branch of nothing but the magic cookie identifies no transaction"),
    "insuf": (400, "3.3.1: From, To, Call-ID or CSeq is missing"),
    "unkscm": (416, "3.3.2: a Request-URI of an unknown scheme"),
    "novelsc": (416, "3.3.3: a Request-URI of a scheme that is known, and not for calls"),
    "bext01": (420, "3.3.5: Require names what nobody supports"),
    "invut": (415, "3.3.6: a body of an unknown type"),
    "multi01": (400, "3.3.8: header fields twice that stand once"),
    "mcl01": (400, "3.3.9: two lengths that differ"),
    "zeromf": (200, "3.3.11: Max-Forwards 0 stops forwarding, not answering"),
}
CALLS = {
    "esc01": "3.1.1.3: the escapes in the user part hide an address",
    "longreq": "3.1.1.7: long values everywhere",
}
REQUESTS = {
    "escnull": "3.1.1.4: %00 in a user part is a character as any other",
    "dblreq": "3.1.1.8: what follows the body is no second request",
    "mpart01": "3.1.1.11: a body of several parts, zeros among them",
    "unksm2": "3.3.4: unknown schemes in To, From and Contact concern the registrar",
    "regaut01": "3.3.7: credentials of an unknown scheme are none",
    "cparam01": "3.3.12: a parameter of the Contact",
    "cparam02": "3.3.13: a parameter of the URI in the Contact",
    "regescrt": "3.3.14: a Contact URI that asks for a Route",
}
SILENT = {
    "unreason": "3.1.1.12: a response with a strange reason phrase, to no request of ours",
    "noreason": "3.1.1.13: a response without a reason phrase, to no request of ours",
    "scalarlg": "3.1.2.5: a response with numbers beyond their range",
    "bigcode": "3.1.2.19: a response with a status beyond its range",
    "bcast": "3.3.10: a response whose second Via is a broadcast address",
}
OPEN = {
    "sdp01": "3.3.15: what the sender accepts leaves no answer",
    "inv2543": "3.4.1: as clients of RFC 2543 wrote it",
}
"""They have tests of their own."""

ADDRESSES = {
    "ipv6-bad": (400, "4.2: an address without brackets"),
    "via-received-param-with-delim": (481, "4.5: received in brackets; a BYE of no dialog"),
    "via-received-param-no-delim": (200, "4.5: received without brackets"),
    "mult-ip-in-header": (481, "4.7: both families in the Vias; a BYE of no dialog"),
    "ipv6-bug-abnf-3-colons": (200, "4.10: the third colon that the grammar of RFC 3261 asks for by mistake"),
    "ipv6-correct-abnf-2-colons": (200, "4.10: the same address as it should be"),
}
ADDRESS_CALLS = {
    "ipv6-in-sdp": "4.6: addresses of IPv6 in the description",
    "mult-ip-in-sdp": "4.8: both families in the description",
    "ipv4-mapped-ipv6": "4.9: IPv4 addresses mapped into IPv6",
}
ADDRESS_REQUESTS = {
    "ipv6-good": "4.1: an address in brackets",
    "port-ambiguous": "4.3: no port, though it looks like one",
    "port-unambiguous": "4.4: a port behind the brackets",
}


class Sent(NamedTuple):
    """What a new stack did with one message."""

    statuses: list[int]
    responses: list[bytes]
    outputs: list[Output]


def receive(data: bytes, transport: Transport) -> Sent:
    count = itertools.count()
    stack = Stack(StackSettings("test"), token=lambda n: f"{next(count):0{n}d}")
    stack.receive(data, Hop(transport, OURS, PEER), 0.0)
    outputs = stack.poll()
    check_it_is_alive(stack, transport)
    responses = [output.data for output in outputs if isinstance(output, Transmit)]
    return Sent([int(data.split(b" ", 2)[1]) for data in responses], responses, outputs)


def check_it_is_alive(stack: Stack, transport: Transport) -> None:
    via = f"SIP/2.0/{transport} {PEER};branch=z9hG4bKalive"
    stack.receive(request_text("OPTIONS", PEER, OURS, via=via), Hop(transport, OURS, PEER), 1.0)
    answers = [output.data for output in stack.poll() if isinstance(output, Transmit)]
    assert [answer.startswith(b"SIP/2.0 200 ") for answer in answers] == [True]


def rfc4475(name: str) -> bytes:
    data = (TESTDATA / "rfc4475" / f"{name}.dat").read_bytes()
    # The copy of this message at hand lacks the empty line that the RFC prints.
    return data + b"\r\n" if name == "baddn" else data


def rfc5118(name: str) -> bytes:
    return (TESTDATA / "rfc5118" / name).read_bytes()


def heard_of(sent: Sent, kind: type[Output]) -> int:
    return sum(isinstance(output, kind) for output in sent.outputs)


@needs_rfc4475
def test_each_of_the_49_messages_has_its_place_here() -> None:
    names = [*ANSWERED, *CALLS, *REQUESTS, *SILENT, *OPEN]
    assert sorted(names) == sorted(path.stem for path in (TESTDATA / "rfc4475").glob("*.dat"))
    assert len(names) == 49


@needs_rfc5118
def test_each_of_the_12_messages_has_its_place_here() -> None:
    names = [*ADDRESSES, *ADDRESS_CALLS, *ADDRESS_REQUESTS]
    assert sorted(names) == sorted(path.name for path in (TESTDATA / "rfc5118").iterdir())
    assert len(names) == 12


@over_each
@needs_rfc4475
@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (status, _) in ANSWERED.items()])
def test_a_message_gets_the_answer_that_the_rfc_names(name: str, status: int, transport: Transport) -> None:
    sent = receive(rfc4475(name), transport)
    assert sent.statuses == [status]
    assert heard_of(sent, PeerFault) == (status in (400, 505))


@over_each
@needs_rfc4475
@pytest.mark.parametrize("name", CALLS)
def test_a_legal_invite_becomes_a_call(name: str, transport: Transport) -> None:
    sent = receive(rfc4475(name), transport)
    assert (heard_of(sent, InviteReceived), heard_of(sent, PeerFault)) == (1, 0)
    assert sent.statuses == [100]


@over_each
@needs_rfc4475
@pytest.mark.parametrize("name", REQUESTS)
def test_a_legal_request_reaches_who_decides_on_it(name: str, transport: Transport) -> None:
    sent = receive(rfc4475(name), transport)
    assert (heard_of(sent, RequestReceived), heard_of(sent, PeerFault)) == (1, 0)
    assert sent.statuses == []


@over_each
@needs_rfc4475
@pytest.mark.parametrize("name", SILENT)
def test_a_response_to_nothing_changes_nothing(name: str, transport: Transport) -> None:
    sent = receive(rfc4475(name), transport)
    assert sent.statuses == []
    assert heard_of(sent, PeerFault) == (name in ("scalarlg", "bigcode"))


@over_each
@needs_rfc4475
def test_what_a_sender_requires_is_named_when_it_is_refused(transport: Transport) -> None:
    # RFC 4475, 3.3.5: both options stand in Unsupported; Proxy-Require is none of a user agent's business.
    (answer,) = receive(rfc4475("bext01"), transport).responses
    assert b"Unsupported: nothingSupportsThis\r\n" in answer
    assert b"Unsupported: nothingSupportsThisEither\r\n" in answer
    assert b"Proxies" not in answer


@over_each
@needs_rfc4475
def test_what_is_not_understood_is_answered_with_what_would_be(transport: Transport) -> None:
    (unreadable,) = receive(rfc4475("invut"), transport).responses  # RFC 4475, 3.3.6
    assert b"\r\nAccept: application/sdp" in unreadable
    (unknown,) = receive(rfc4475("intmeth"), transport).responses  # RFC 4475, 3.1.1.2
    assert b"\r\nAllow: " in unknown


@over_each
@needs_rfc4475
def test_two_requests_with_a_branch_of_only_the_cookie_are_two(transport: Transport) -> None:
    # RFC 4475, 3.2.1: such a branch is matched in the way of RFC 2543, by everything that repeats share.
    first = rfc4475("badbranch")
    other = first.replace(b"Call-ID: ", b"Call-ID: other-")
    assert receive(first, transport).statuses == receive(other, transport).statuses == [200]
    assert receive(first, transport).responses != receive(other, transport).responses


@over_each
@needs_rfc4475
def test_an_answer_has_the_via_of_its_request(transport: Transport) -> None:
    # RFC 4475, 3.1.2.1 and RFC 3261, 18.2.2: also of a message that was refused whole.
    for name in ("badinv01", "quotbal", "trws", "badvers", "multi01"):
        (answer,) = receive(rfc4475(name), transport).responses
        assert b"\r\nVia: SIP/2.0/" in answer
        assert b"received=192.0.2.1" in answer


@over_each
@needs_rfc4475
def test_an_invite_whose_sender_could_not_read_the_answer_is_refused(transport: Transport) -> None:
    # RFC 4475, 3.3.15: the answer would be a description, which the Accept of the INVITE leaves out.
    assert receive(rfc4475("sdp01"), transport).statuses == [406]


@over_each
@needs_rfc4475
def test_an_invite_of_the_old_standard_becomes_a_call(transport: Transport) -> None:
    # RFC 4475, 3.4.1: no tag, branch, Contact or Max-Forwards; all of it legal in RFC 2543.
    sent = receive(rfc4475("inv2543"), transport)
    assert (sent.statuses, heard_of(sent, InviteReceived)) == ([100], 1)


@over_each
@needs_rfc5118
@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (status, _) in ADDRESSES.items()])
def test_a_message_with_ipv6_gets_its_answer(name: str, status: int, transport: Transport) -> None:
    assert receive(rfc5118(name), transport).statuses == [status]


@over_each
@needs_rfc5118
@pytest.mark.parametrize("name", ADDRESS_CALLS)
def test_an_invite_with_ipv6_becomes_a_call(name: str, transport: Transport) -> None:
    assert heard_of(receive(rfc5118(name), transport), InviteReceived) == 1


@over_each
@needs_rfc5118
@pytest.mark.parametrize("name", ADDRESS_REQUESTS)
def test_a_register_with_ipv6_reaches_who_decides_on_it(name: str, transport: Transport) -> None:
    assert heard_of(receive(rfc5118(name), transport), RequestReceived) == 1
