"""Telephone-events (RFC 4733) in both directions."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from tests.component.media import g711
from tests.component.media.peer import Bench, Packet, Peer
from voicecore.media import _native


def press(peer: Peer, to: int, code: int, *, packets: int = 4, ends: int = 3) -> None:
    """Sends one digit the way a phone does, in step with what it receives."""
    start = peer.timestamp
    for number in range(packets):
        peer.receive()
        payload = struct.pack("!BBH", code, 10, 160 * (number + 1))
        peer.send(to, payload, payload_type=101, timestamp=start, marker=number == 0)
    for _ in range(ends):
        payload = struct.pack("!BBH", code, 0x80 | 10, 160 * packets)
        peer.send(to, payload, payload_type=101, timestamp=start)
    peer.timestamp += 160 * packets


def test_a_pressed_key_is_told_once_with_its_length(bench: Bench) -> None:
    peer = bench.leg(1)
    for code in (1, 11):
        press(peer, bench.ports[1], code)
    told = [bench.event(kind, 1) for kind in (_native.DIGIT_STARTED, _native.DIGIT_ENDED) * 2]
    assert [event[3:] for event in told] == [("1", False), ("1", 80, False), ("#", False), ("#", 80, False)]
    peer.receive_many(3)
    assert [event[0] for event in bench.kept(1)] == [_native.LATCHED]


def test_the_end_is_assumed_when_its_packets_are_lost(bench: Bench) -> None:
    peer = bench.leg(1)
    press(peer, bench.ports[1], 5, ends=0)
    assert bench.event(_native.DIGIT_ENDED, 1)[3] == "5"


def test_six_digits_in_the_middle_of_audio_leave_nothing_to_conceal(bench: Bench) -> None:
    peer = bench.leg(1)
    said = g711.packets(g711.tone(500, 0.2))
    peer.talk(bench.ports[1], said)
    for code in range(6):
        press(peer, bench.ports[1], code)
        peer.talk(bench.ports[1], said)
    assert [bench.event(_native.DIGIT_ENDED, 1)[3] for _ in range(6)] == list("012345")
    statistics = bench.statistics(1)
    assert (statistics.packets_lost, statistics.packets_discarded) == (0, 0)
    assert statistics.concealed_ms == 0


def events_of(packets: list[Packet]) -> list[list[Packet]]:
    """Telephone-event packets, grouped by the event that they are about."""
    groups: dict[int, list[Packet]] = {}
    for packet in packets:
        if packet.payload_type == 101:
            groups.setdefault(packet.timestamp, []).append(packet)
    return list(groups.values())


def test_digits_are_sent_with_growing_length_and_three_ends(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.send_digits(1, 9, "1D", duration_ms=100, gap_ms=60)
    packets = peer.receive_many(25)
    assert bench.event(_native.DIGITS_SENT, 1)[3] == 9
    one, two = events_of(packets)
    for group, code in ((one, 1), (two, 15)):
        said = [struct.unpack("!BBH", packet.payload) for packet in group]
        assert [event[0] for event in said] == [code] * 7
        assert [event[1] >> 7 for event in said] == [0, 0, 0, 0, 1, 1, 1]
        assert [event[2] for event in said] == [160, 320, 480, 640, 800, 800, 800]
        assert [packet.marker for packet in group] == [True] + [False] * 6
    numbers = [packet.sequence for packet in packets]
    assert [(after - before) % 65536 for before, after in pairwise(numbers)] == [1] * 24
    # 100 ms of key and 60 ms of gap: the second begins eight packets after the first.
    assert (two[0].timestamp - one[0].timestamp) % 2**32 == 8 * 160


def test_one_leg_understands_what_another_sends(bench: Bench) -> None:
    """Two legs of the engine, joined by a relay in the middle."""
    left, right = bench.leg(1), bench.leg(2)
    bench.engine.send_digits(1, 1, "42*", duration_ms=80, gap_ms=60)
    for _ in range(45):
        packet = left.receive()
        right.ssrc = packet.ssrc
        right.sequence = packet.sequence
        right.send(
            bench.ports[2],
            packet.payload,
            payload_type=packet.payload_type,
            timestamp=packet.timestamp,
            marker=packet.marker,
        )
    assert [bench.event(_native.DIGIT_STARTED, 2)[3] for _ in range(3)] == ["4", "2", "*"]


def test_what_cannot_be_sent_is_refused(bench: Bench) -> None:
    peer = bench.leg(1)
    with pytest.raises(ValueError, match="'x'"):
        bench.engine.send_digits(1, 1, "12x")
    for request in range(16):
        bench.engine.send_digits(1, request, "w")
    with pytest.raises(_native.QueueFull):
        bench.engine.send_digits(1, 16, "w")
    with pytest.raises(ValueError, match="way of digits"):
        bench.configure(1, peer, digit_way="INFO")
