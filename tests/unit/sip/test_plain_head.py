"""The fast way of the parser says what the careful way says, of everything that it takes upon itself."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.invites import invite
from voicecore.sip import parser
from voicecore.sip.message import Message
from voicecore.sip.parser import MalformedMessage, parse_datagram
from voicecore.sip.plain_head import MAX_HEAD, parse_plain

INVITE = invite(random.Random(4475))
OK = INVITE.replace(INVITE[: INVITE.index(b" SIP/2.0")] + b" SIP/2.0", b"SIP/2.0 200 OK")
UNFRAMED = re.sub(rb"\r\nContent-Length: [0-9]+", b"", INVITE)
LINES = INVITE.partition(b"\r\n\r\n")[0].split(b"\r\n")

_NAMES = [
    "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route", "Content-Type",
    "Content-Length", "Date", "v", "f", "t", "i", "m", "l", "c", "VIA", "from", "CALL-id", "content-LENGTH",
    "Call-Info", "Content-ID", "Timestamp", "T", "C", "Require", "X-To", "k",
]  # fmt: skip
_VALUES = [line.partition(b": ")[2] for line in LINES[1:]] + [
    b"SIP/2.0/UDP a;rport=0", b"SIP/2.0/UDP a;rport", b"SIP/2.0/UDP a;rportx=q", b"SIP/2.0/UDP a;RPORT=x",
    b"SIP/2.0/udp A.b:65535;branch=1;a=b", b"SIP/2.0/UDP a:65536", b"SIP/2.0/UDP a, SIP/2.0/UDP b",
    b"<sip:a>;tag=1;tag=2", b"<sip:a>;Tag=1", b"<sip:a>;tag", b"<sip:a>;tag=;x", b"<sip:a>;tagged=1;tag=2",
    b"<sip:a>, <sip:b;lr>", b"<sip:a>,x<sip:b>,<sip:c>", b"<sip:a?b=c>", b"sip:a@b;tag=5", b'"A" <sips:a@B>',
    b"1 INVITE", b"1 BYE", b"999999999 INVITE", b"2147483648 INVITE", b"01 INVITE", b"1  INVITE", b"0", b"99",
    b"255", b"256", b"99999", b"224", b"", b" ", b"\t", b"a\tb", b"a b", b"*", b'"', b'"\\"', b'"\\\x00"',
    b"Sat, 13 Nov 2010 23:29:00 GMT", b"Sat, 13 Nov 2010 23:29:00 EST", b"\xc3\xa9", b"\xe9", b"\x7f", b"\x00",
]  # fmt: skip


def carefully(data: bytes) -> Message | None:
    try:
        return parser.parse_carefully(data)
    except MalformedMessage:
        return None


def check(data: bytes) -> Message | None:
    """What the fast way takes is what the careful way makes of it, typed header fields included."""
    plain = parse_plain(data)
    if plain is None:
        return None
    careful = carefully(data)
    assert careful is not None
    assert plain == careful
    assert plain.headers.lines() == careful.headers.lines()
    for name in ("via", "vias", "from_", "to", "from_tag", "to_tag", "call_id", "cseq", "contacts"):
        assert getattr(plain, name) == getattr(careful, name)
    assert plain.routes("Route") == careful.routes("Route")
    assert plain.routes("Record-Route") == careful.routes("Record-Route")
    assert (plain.content_type, plain.max_forwards) == (careful.content_type, careful.max_forwards)
    return plain


@pytest.mark.parametrize("data", [INVITE, OK, INVITE + b"more", UNFRAMED])
def test_common_messages_are_plain(data: bytes) -> None:
    assert check(data) is not None
    assert parse_datagram(data) == check(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\nFrom: ", b"\r\nf: "),
        (b"\r\nFrom: ", b"\r\nFrom:\r\n "),
        (b"\r\nTo: ", b"\r\nT: x\r\nTo: "),
        (b"\r\nCall-ID: ", b"\r\nCALL-ID: "),
        (b"\r\nCall-ID: ", b"\r\nCall-ID: x\r\nCall-ID: "),
        (b"\r\nMax-Forwards: 67", b"\r\nMax-Forwards: 256"),
        (b"INVITE\r\n", b"BYE\r\n"),
        (b"\r\nContent-Length: ", b"\r\nContent-Length: 9"),
        (b"Bench", b"B\xc3\xa9nch"),
        (b"Bench", b"B\x01nch"),
        (b"Bench", b"B" * MAX_HEAD),
    ],
)
def test_what_is_rare_or_wrong_is_left_to_the_careful_way(old: bytes, new: bytes) -> None:
    assert old in INVITE
    assert parse_plain(INVITE.replace(old, new)) is None


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_head_without_a_mandatory_field_is_not_plain(name: str) -> None:
    assert parse_plain(re.sub(rb"\r\n%s: [^\r]*" % name.encode(), b"", INVITE)) is None


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(st.integers(1, len(LINES) - 1), st.sampled_from(_NAMES), st.sampled_from(_VALUES)),
        max_size=3,
    )
)
def test_exchanged_lines_are_read_alike_both_ways(changes: list[tuple[int, str, bytes]]) -> None:
    lines = list(LINES)
    for place, name, value in changes:
        lines[place] = name.encode() + b": " + value
    check(b"\r\n".join(lines) + b"\r\n\r\n" + b"x" * 226)


@settings(max_examples=400)
@given(st.sampled_from(_NAMES), st.sampled_from(_VALUES), st.integers(1, len(LINES)))
def test_added_lines_are_read_alike_both_ways(name: str, value: bytes, place: int) -> None:
    lines = [*LINES[:place], name.encode() + b": " + value, *LINES[place:]]
    check(b"\r\n".join(lines) + b"\r\n\r\n" + b"x" * 226)


@settings(max_examples=400)
@given(
    st.sampled_from([INVITE, OK]),
    st.lists(
        st.tuples(st.integers(0, 1100), st.sampled_from([bytes([byte]) for byte in range(256)])), max_size=3
    ),
)
def test_inserted_bytes_are_read_alike_both_ways(message: bytes, inserts: list[tuple[int, bytes]]) -> None:
    for place, bit in inserts:
        message = message[:place] + bit + message[place:]
    check(message)


def test_five_thousand_mutations_are_read_alike_both_ways() -> None:
    dice, plain = random.Random(4475), 0
    bits = [bytes([value]) for value in range(32, 127)] + [b"\r\n", b"tag=", b";rport", b", ", b": ", b"sip:"]
    for _ in range(5000):
        message = bytearray(dice.choice([INVITE, OK]))
        for _ in range(dice.randint(1, 3)):
            start = dice.randrange(len(message))
            message[start : start + dice.choice([0, 1, 1, 3])] = dice.choice(bits)
        plain += check(bytes(message)) is not None
    assert plain > 1000
