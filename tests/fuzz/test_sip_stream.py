"""The fuzz target's invariant, held for bytes that hypothesis and a seeded mutator make."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.bench.invites import invites
from tests.fuzz.sip_stream import check, check_stream, check_stun

(INVITE,) = invites(1)
OPTIONS = (
    b"OPTIONS sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:x@192.0.2.1>\r\ni: 1\r\nCSeq: 1 OPTIONS\r\nl: 3\r\n\r\nabc"
)
STUN = b"\0\x01\0\x08\x21\x12\xa4\x42abcdefghijkl\x80\x22\0\x03abc\0"
_BITS = [
    b"\r\n",
    b"\r",
    b"\n",
    b" ",
    b"\t",
    b":",
    b"l:",
    b"\r\nl: 1",
    b"0",
    b"9",
    b"\r\n\r\n",
    b"\xff",
    b"\xa0",
]
_BITS += [b"Content-Length", b"99999", b"\x21\x12\xa4\x42", b"\0\x01"]


@given(st.binary(max_size=400))
def test_any_bytes_hold_the_invariant(data: bytes) -> None:
    check(data)


@given(st.lists(st.sampled_from([OPTIONS, INVITE, *OPTIONS.splitlines(keepends=True), *_BITS]), max_size=12))
def test_any_order_of_good_pieces_holds_the_invariant(pieces: list[bytes]) -> None:
    check_stream(b"".join(pieces))


def test_two_thousand_mutations_hold_the_invariant() -> None:
    dice = random.Random(3261)
    for _ in range(2000):
        message = bytearray(dice.choice([OPTIONS * 2, OPTIONS + INVITE, STUN]))
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(message))
            message[start : start + dice.choice([0, 1, 1, 5, 40])] = dice.choice(_BITS)
        check_stream(bytes(message))
        check_stun(bytes(message))
