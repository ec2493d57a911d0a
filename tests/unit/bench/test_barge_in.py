"""What is measured of the packets of a call."""

from __future__ import annotations

import pytest

from tests.bench.barge_in import KEY, PCMU, reaction
from tests.bench.rtp import NotMeasured
from tests.bench.sniffer import Packet

SIP, MEDIA, PHONE = 5060, range(20_000, 20_010), 7000
LOUD, QUIET = b"\x80" * 160, b"\xff" * 160


def rtp(kind: int, payload: bytes) -> bytes:
    return bytes((0x80, kind)) + bytes(10) + payload


def call(*spoken: Packet) -> list[Packet]:
    ok = Packet(1.0, SIP, PHONE, b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n")
    prompt = [Packet(1.005 + 0.02 * n, 20_000, PHONE, rtp(PCMU, LOUD)) for n in range(100)]
    rest = [Packet(3.005 + 0.02 * n, 20_000, PHONE, rtp(PCMU, QUIET)) for n in range(10)]
    return sorted([ok, *prompt, *rest, *spoken])


def test_a_word_counts_from_its_first_loud_packet() -> None:
    quiet = Packet(2.0, PHONE, 20_000, rtp(PCMU, QUIET))
    found = reaction(call(quiet, Packet(2.9, PHONE, 20_000, rtp(PCMU, LOUD))), SIP, MEDIA, by_key=False)
    assert (round(found.answer_ms), round(found.silence_ms)) == (5, 105)


def test_a_key_counts_from_its_first_event() -> None:
    found = reaction(call(Packet(2.96, PHONE, 20_000, rtp(KEY, bytes(4)))), SIP, MEDIA, by_key=True)
    assert round(found.silence_ms) == 45


def test_a_call_whose_caller_does_nothing_is_not_measured() -> None:
    with pytest.raises(NotMeasured):
        reaction(call(), SIP, MEDIA, by_key=True)
