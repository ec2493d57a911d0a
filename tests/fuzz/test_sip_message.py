"""The fuzz target's invariant, held for bytes that hypothesis and a seeded mutator make."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.invites import invite
from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.sip_message import check, check_both_ways, check_sdp, check_sip
from voicecore.sip.parser import MalformedMessage, parse_datagram

INVITE = invite(random.Random(3261))
RESPONSE = b"\r\n".join(
    (
        b"SIP/2.0 180 Ringing",
        b"v: SIP/2.0/UDP [2001:db8::1]:5061;branch=z9hG4bK1;received=2001:db8::2;rport=99",
        b'f: "A \\"B\\" \xc3\xa9" <sip:a%20b@example.com;lr?x=y>;tag=1',
        b"t: sip:c@example.com;tag=2",
        b"i: c@d",
        b"CSeq: 00012 INVITE",
        b"m: <sip:x@[::1]:5060;transport=udp>;expires=3, <tel:+1;a=b>",
        b"Date:\r\n Sat, 13 Nov 2010 23:29:00 GMT",
        b"Record-Route: <sip:p1;lr>,<sip:p2;lr>",
        b"l: 3",
        b"",
        b"abc",
    )
)
_PIECES = [
    *INVITE.partition(b"\r\n\r\n")[0].split(b"\r\n"),
    *RESPONSE.split(b"\r\n"),
    b"Route: <sip:a;lr>, <sip:b>",
    b"Contact: *",
    b'To: "',
    b" folded",
    b"",
]
_BITS = [bytes([value]) for value in b'"\\<>;,=@:%[]*? \t\r\n\x00\x7f\xff']
_BITS += [b"%00", b"\r\n", b"\xc2\x85", b"99999999999999999999", b"SIP/2.0"]


def test_the_corpus_holds_the_invariant() -> None:
    for path in sorted(CORPUS.iterdir()):
        check(path.read_bytes())


def test_the_seeds_are_in_the_corpus() -> None:
    for name, data in seeds().items():
        assert (CORPUS / name).read_bytes() == data


def test_most_seeds_are_messages() -> None:
    messages = 0
    for data in seeds().values():
        try:
            parse_datagram(data)
        except MalformedMessage:
            continue
        messages += 1
    assert messages > len(seeds()) * 2 // 3


@given(st.binary(max_size=400))
def test_any_bytes_give_a_message_or_an_answerable_fault(data: bytes) -> None:
    check(data)


@given(st.lists(st.sampled_from(_PIECES), max_size=25))
def test_any_order_of_good_lines_holds_the_invariant(lines: list[bytes]) -> None:
    check_sip(b"\r\n".join(lines) + b"\r\n\r\n")


@settings(max_examples=300)
@given(st.sampled_from([INVITE, RESPONSE]), st.lists(st.tuples(st.integers(0, 1300), st.sampled_from(_BITS))))
def test_inserted_special_characters_hold_the_invariant(
    message: bytes, inserts: list[tuple[int, bytes]]
) -> None:
    for place, bit in inserts:
        message = message[:place] + bit + message[place:]
    check_sip(message)


def test_two_thousand_mutations_hold_the_invariant() -> None:
    dice = random.Random(3261)
    for _ in range(2000):
        message = bytearray(dice.choice([INVITE, RESPONSE]))
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(message))
            message[start : start + dice.choice([0, 1, 1, 5, 40])] = dice.choice(_BITS)
        check_sip(bytes(message))
        check_both_ways(bytes(message))
        check_sdp(bytes(message.partition(b"\r\n\r\n")[2]))
