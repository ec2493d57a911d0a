"""Legs that hear each other, on one worker and across workers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.component.media import g711
from tests.component.media.peer import Bench, Packet, Peer
from voicecore.media import _native


def correlation(heard: g711.Samples, said: g711.Samples) -> float:
    """The highest normalised correlation of `said` anywhere in `heard`."""
    heard_f, said_f = heard.astype(float), said.astype(float)
    products = np.correlate(heard_f, said_f, mode="valid")
    energy = np.convolve(heard_f**2, np.ones(len(said_f)), mode="valid")
    scale = np.sqrt(np.maximum(energy, 1.0) * np.sum(said_f**2))
    return float(np.max(products / scale))


def audio(packets: list[Packet]) -> g711.Samples:
    return g711.decode(b"".join(packet.payload for packet in packets))


def speech(seed: int, seconds: float) -> g711.Samples:
    """Noise in the band of speech: it correlates with itself in one place only."""
    noise = np.random.default_rng(seed).normal(0, 3000, round(seconds * 8000))
    return np.asarray(np.convolve(noise, np.ones(4) / 4, mode="same"), dtype=np.int16)


def converse(bench: Bench, talks: dict[int, tuple[Peer, list[bytes]]], extra: int) -> dict[int, list[Packet]]:
    """Every peer sends a packet for each that it gets, then listens for `extra` more."""
    got: dict[int, list[Packet]] = {leg: [] for leg in talks}
    for number in range(max(len(said) for _, said in talks.values()) + extra):
        for leg, (peer, said) in talks.items():
            got[leg].append(peer.receive())
            peer.send(bench.ports[leg], said[number] if number < len(said) else b"\xff" * 160)
    return got


@pytest.mark.parametrize("near", [None, 1])
def test_two_legs_hear_each_other_clearly(bench: Bench, near: int | None) -> None:
    left, right = bench.leg(1), bench.leg(2, near=near)
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])
    one, two = speech(1, 1.0), speech(2, 1.0)
    got = converse(bench, {1: (left, g711.packets(one)), 2: (right, g711.packets(two))}, 10)
    assert correlation(audio(got[2]), one[800:]) > 0.99
    assert correlation(audio(got[1]), two[800:]) > 0.99
    for packets in got.values():
        numbers = [packet.sequence for packet in packets]
        assert {(b - a) % 65536 for a, b in pairwise(numbers)} == {1}
        assert len({packet.ssrc for packet in packets}) == 1


def test_a_leg_that_hears_itself_is_an_echo(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.hear(1, [1])
    said = speech(3, 1.0)
    got = converse(bench, {1: (peer, g711.packets(said))}, 10)
    assert correlation(audio(got[1]), said[800:]) > 0.99


def test_codecs_are_translated(bench: Bench) -> None:
    left, right = bench.leg(1), bench.leg(2, near=1, codec="PCMA")
    bench.engine.hear(2, [1])
    said = speech(5, 1.0)
    got = converse(bench, {1: (left, g711.packets(said)), 2: (right, [])}, 10)
    assert {packet.payload_type for packet in got[2]} == {8}
    heard = g711.decode_alaw(b"".join(packet.payload for packet in got[2]))
    assert correlation(heard, said[800:]) > 0.99


def test_three_legs_hear_the_sum_of_the_other_two(bench: Bench) -> None:
    peers = {leg: bench.leg(leg) for leg in (1, 2, 3)}
    for leg in peers:
        bench.engine.hear(leg, [other for other in peers if other != leg])
    said = {leg: speech(leg, 1.0) // 2 for leg in (1, 2)}
    talks = {leg: (peers[leg], g711.packets(said.get(leg, speech(9, 1.0) // 1000))) for leg in peers}
    got = converse(bench, talks, 10)
    third = audio(got[3])
    for leg in (1, 2):
        assert 0.6 < correlation(third, said[leg][800:]) < 0.8
    assert correlation(audio(got[1]), said[2][800:]) > 0.98


def test_packet_times_of_both_sides_may_differ(bench: Bench) -> None:
    left, right = bench.leg(1), bench.open(2)
    bench.configure(2, right, packet_time_ms=30)
    bench.engine.hear(2, [1])
    said = speech(4, 1.2)
    got: list[Packet] = []
    for number, payload in enumerate(g711.packets(said)):
        left.receive()
        left.send(bench.ports[1], payload)
        if number % 3 != 0:
            got.append(right.receive())
    got += right.receive_many(4)
    assert correlation(audio(got), said[1600:8000]) > 0.99


def test_a_closed_source_is_silence(bench: Bench) -> None:
    left, right = bench.leg(1), bench.leg(2, near=1)
    bench.engine.hear(2, [1])
    converse(bench, {1: (left, g711.packets(g711.tone(500, 0.2))), 2: (right, [])}, 0)
    bench.close_leg(1)
    right.receive_many(4)
    assert right.receive().payload == b"\xff" * 160


def test_digits_are_told_on_a_bridged_leg(bench: Bench) -> None:
    left, right = bench.leg(1), bench.leg(2, near=1)
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])
    converse(bench, {1: (left, g711.packets(g711.tone(500, 0.2))), 2: (right, [])}, 0)
    start = left.timestamp
    for payload in (b"\x03\x0a\x00\xa0", b"\x03\x0a\x01\x40", b"\x03\x8a\x01\xe0"):
        left.receive()
        left.send(bench.ports[1], payload, payload_type=101, timestamp=start)
    assert bench.event(_native.DIGIT_STARTED, 1)[3] == "3"
    assert bench.event(_native.DIGIT_ENDED, 1)[3:] == ("3", 60, False)


def test_commands_to_a_leg_that_changes_workers_keep_their_order(bench: Bench) -> None:
    """A leg moves when it is joined; what is asked meanwhile waits for it."""
    peers = [bench.leg(leg) for leg in range(8)]
    bench.engine.load_sound(1, g711.tone(440, 10).tobytes())
    for turn in range(20):
        for leg in range(8):
            bench.engine.hear(leg, [(leg + turn) % 8])
            bench.engine.play(leg, turn, [1])
    for leg in range(8):
        bench.engine.hear(leg, [])
        ended = [bench.event(_native.PLAYOUT_FINISHED, leg) for _ in range(19)]
        assert [event[3] for event in ended] == list(range(19))
        assert {event[4] for event in ended} == {_native.REPLACED}
    for peer in peers:
        peer.receive_many(5)
