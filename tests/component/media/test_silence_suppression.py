"""Silence that is described instead of sent (RFC 3389): what goes over the wire, and how it sounds at the other end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from tests.component.media import g711
from tests.component.media.peer import Bench, Packet, Peer

DESCRIBED = 13


def quiet_leg(bench: Bench, leg: int = 1, codec: str = "PCMU") -> Peer:
    peer = bench.open(leg)
    bench.configure(leg, peer, codec=codec, comfort_noise=True)
    return peer


def until(peer: Peer, payload_type: int) -> list[Packet]:
    received = [peer.receive()]
    while received[-1].payload_type != payload_type:
        received.append(peer.receive())
    return received


def noise(dbov: float, seconds: float) -> g711.Samples:
    random = np.random.default_rng(5)
    samples = random.normal(0.0, 32768 * 10 ** (dbov / 20), round(seconds * 8000))
    return samples.clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722"])
def test_an_empty_line_is_described_after_a_while_and_speech_begins_with_a_marker(
    bench: Bench, codec: str
) -> None:
    peer = quiet_leg(bench, codec=codec)
    spoken = until(peer, DESCRIBED)
    assert len(spoken) == 11
    described = [spoken[-1], *peer.receive_many(2)]
    assert {packet.payload for packet in described} == {b"\x7f"}
    assert [packet.timestamp - described[0].timestamp for packet in described] == [0, 3200, 6400]
    assert described[0].timestamp - spoken[0].timestamp == 1600
    assert [packet.sequence - spoken[0].sequence for packet in described] == [10, 11, 12]
    assert not any(packet.marker for packet in (*spoken[1:], *described))
    bench.engine.load_sound(1, g711.tone(500, 0.2).tobytes())
    bench.engine.play(1, 1, [1])
    first = until(peer, spoken[0].payload_type)[-1]
    assert first.marker
    assert (first.timestamp - described[0].timestamp) % 160 == 0
    assert not peer.receive().marker


def test_who_did_not_agree_gets_every_packet(bench: Bench) -> None:
    peer = bench.leg(1)
    assert {packet.payload_type for packet in peer.receive_many(30)} == {0}


def test_a_listener_hears_noise_as_loud_as_it_was(bench: Bench) -> None:
    """Leg 2 hears leg 1 and sends to leg 3, which leg 4 hears: the noise is measured before and behind."""
    talker = bench.leg(1)
    far = bench.engine.open_leg(3, near=1)
    bench.ports[2] = bench.engine.open_leg(2, near=1)
    bench.configure(2, cast("Peer", SimpleNamespace(host="127.0.0.1", port=far)), comfort_noise=True)
    bench.configure(3, cast("Peer", SimpleNamespace(host="127.0.0.1", port=bench.ports[2])))
    listener = bench.leg(4, near=1)
    bench.engine.hear(2, [1])
    bench.engine.hear(4, [3])
    talker.talk(bench.ports[1], g711.packets(noise(-45, 4.0)))
    heard = g711.decode(b"".join(packet.payload for packet in listener.receive_many(190)[-60:]))
    level = 20 * np.log10(np.std(heard.astype(float)) / 32768)
    assert abs(level + 45) < 2
    assert bench.statistics(2).packets_sent < 150
    assert bench.statistics(3).packets_lost == 0


def test_a_key_is_sent_out_of_silence(bench: Bench) -> None:
    peer = quiet_leg(bench)
    until(peer, DESCRIBED)
    bench.engine.send_digits(1, 1, "5")
    key = until(peer, 101)[-1]
    assert key.marker
    assert key.payload[0] == 5
