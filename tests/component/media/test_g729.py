"""Legs that speak G.729; libbcg729 through ctypes is the peer's codec."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.component.media import bcg729, g711
from tests.component.media.peer import Bench, Packet, Peer

pytestmark = pytest.mark.skipif(
    not bcg729.is_there(), reason="libbcg729 is not installed (Debian: apt-get install libbcg729-0)"
)

PAYLOAD_TYPE = 18


def voice(seconds: float) -> g711.Samples:
    """A pitch with harmonics in syllables: what a codec of speech takes for speech."""
    time = np.arange(round(seconds * 8000)) / 8000
    sound = sum(np.sin(2 * np.pi * 140 * n * time) / n for n in range(1, 12))
    return np.asarray(3000 * (0.4 + 0.6 * np.abs(np.sin(9 * time))) * sound, dtype=np.int16)


def alike(first: g711.Samples, second: g711.Samples) -> float:
    """The best correlation within 30 ms of delay, of envelopes: the codec keeps no phase."""
    a, b = (np.abs(one.astype(float)) for one in (first, second))
    smooth = np.ones(160) / 160
    a, b = np.convolve(a, smooth, "same"), np.convolve(b, smooth, "same")
    size = min(len(a), len(b)) - 800
    return max(float(np.corrcoef(a[:size], b[lag : lag + size])[0, 1]) for lag in range(0, 800, 20))


def g729_leg(bench: Bench, leg: int, packet_time_ms: int = 20, near: int | None = None) -> Peer:
    peer = bench.open(leg, near=near)
    bench.configure(leg, peer, codec="G729", packet_time_ms=packet_time_ms)
    return peer


def codes(packets: list[Packet]) -> bytes:
    return b"".join(packet.payload for packet in packets if packet.payload_type == PAYLOAD_TYPE)


@pytest.mark.parametrize("packet_time_ms", [10, 20, 30, 60])
def test_a_prompt_is_heard_by_a_peer_with_g729(bench: Bench, packet_time_ms: int) -> None:
    peer = g729_leg(bench, 1, packet_time_ms)
    said = voice(1.2)
    bench.engine.load_sound(1, said.tobytes())
    peer.receive_many(2)
    bench.engine.play(1, 1, [1])
    got = peer.receive_many(1800 // packet_time_ms)
    assert {packet.payload_type for packet in got} == {PAYLOAD_TYPE}
    assert {len(packet.payload) for packet in got} == {packet_time_ms}
    assert {(b.timestamp - a.timestamp) % 2**32 for a, b in pairwise(got)} == {8 * packet_time_ms}
    heard = bcg729.decode(codes(got))
    start = int(np.argmax(np.abs(heard) > 1000))
    assert alike(said, heard[max(0, start - 240) :]) > 0.9


def test_what_a_peer_with_g729_says_is_heard_by_others_and_losses_are_made_up(bench: Bench) -> None:
    talker, listener = g729_leg(bench, 1), bench.leg(2, near=1)
    bench.engine.hear(2, [1])
    said = voice(2.0)
    frames = bcg729.encode(said)
    got = []
    for number, start in enumerate(range(0, len(frames) - 1, 2)):
        talker.receive()
        payload = b"".join(frames[start : start + 2])
        stamp, talker.timestamp = talker.timestamp, talker.timestamp + 160
        if number % 20 == 10:
            talker.sequence += 1  # lost
        else:
            talker.send(bench.ports[1], payload, payload_type=PAYLOAD_TYPE, timestamp=stamp)
        got.append(listener.receive())
    heard = g711.decode(b"".join(packet.payload for packet in got))
    start = int(np.argmax(np.abs(heard) > 1000))
    assert alike(said, heard[max(0, start - 240) :]) > 0.5
    loud = np.std(heard[start:-800].astype(float).reshape(-1)[: 80 * 160].reshape(-1, 160), axis=1)
    assert loud.min() > np.median(loud) / 5
    assert bench.statistics(1).concealed_ms >= 60


def test_a_peer_that_describes_its_silence_is_heard_as_noise_and_loses_nothing(bench: Bench) -> None:
    talker, listener = g729_leg(bench, 1), bench.leg(2, near=1)
    bench.engine.hear(2, [1])
    quiet = np.random.default_rng(3).normal(0, 60, 24_000).astype(np.int16)
    frames = bcg729.encode(np.concatenate([voice(0.6), quiet]), annex_b=True)
    assert {len(frame) for frame in frames} == {0, 2, 10}
    got = []
    for start in range(0, len(frames) - 1, 2):
        talker.receive()
        first, second = frames[start : start + 2]
        stamp, talker.timestamp = talker.timestamp, talker.timestamp + 160
        # A description is the last of its packet.
        payload = first if len(first) == 2 else first + second
        late = 80 if not first and second else 0
        if payload:
            talker.send(bench.ports[1], payload, payload_type=PAYLOAD_TYPE, timestamp=stamp + late)
        got.append(listener.receive())
    heard = g711.decode(b"".join(packet.payload for packet in got[-50:])).astype(float)
    assert 10 < np.std(heard) < 300
    assert bench.statistics(1).concealed_ms < 100


def test_legs_of_g729_hear_legs_of_others_in_a_conference(bench: Bench) -> None:
    talker, first, second = bench.leg(1), g729_leg(bench, 2, near=1), g729_leg(bench, 3, near=1)
    bench.engine.open_conference(9)
    for leg in (1, 2, 3):
        bench.engine.join(leg, 9)
    said = voice(1.0)
    got: list[list[Packet]] = [[], []]
    for payload in g711.packets(said):
        talker.receive()
        talker.send(bench.ports[1], payload)
        for peer, packets in zip((first, second), got, strict=True):
            packets.append(peer.receive())
    for packets in got:
        heard = bcg729.decode(codes(packets))
        start = int(np.argmax(np.abs(heard) > 1000))
        assert alike(said, heard[max(0, start - 240) :]) > 0.8
