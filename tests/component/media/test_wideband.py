"""Legs at 16 kHz, alone and together with legs at 8 kHz; spandsp is the peer's codec."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench, Packet, Peer
from tests.component.media.spandsp import Samples
from voicecore.media import _native


def tone(hertz: float, seconds: float, rate: int) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(8000 * np.sin(2 * np.pi * hertz * time), dtype=np.int16)


def level(heard: Samples, hertz: float, rate: int) -> float:
    """The amplitude of one frequency in the second half of what was heard."""
    part = heard[len(heard) // 2 :].astype(float)
    angle = 2 * np.pi * hertz * np.arange(len(part)) / rate
    return float(2 * np.abs(np.mean(part * np.exp(-1j * angle))))


def wide(*parts: Samples) -> list[bytes]:
    codes = spandsp.encode_g722(np.concatenate(parts))
    return [codes[start : start + 160] for start in range(0, len(codes) - 159, 160)]


def bridged(bench: Bench, left: str, right: str) -> tuple[Peer, Peer]:
    peers = bench.leg(1, codec=left), bench.leg(2, near=1, codec=right)
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])
    return peers


def say(bench: Bench, left: Peer, right: Peer, said: list[bytes], *, payload_type: int) -> list[Packet]:
    """Left says this; what right got meanwhile."""
    got = []
    for payload in said:
        left.receive()
        left.send(bench.ports[1], payload, payload_type=payload_type)
        got.append(right.receive())
    return got


def codes(packets: list[Packet]) -> bytes:
    return b"".join(packet.payload for packet in packets)


def test_between_wideband_legs_the_high_frequencies_stay(bench: Bench) -> None:
    left, right = bridged(bench, "G722", "G722")
    got = say(bench, left, right, wide(tone(6000, 0.6, 16000)), payload_type=9)
    assert {packet.payload_type for packet in got} == {9}
    assert {len(packet.payload) for packet in got} == {160}
    stamps = [packet.timestamp for packet in got]
    assert {(b - a) % 2**32 for a, b in pairwise(stamps)} == {160}
    assert level(spandsp.decode_g722(codes(got)), 6000, 16000) > 7000


def test_a_narrowband_leg_hears_a_wideband_one_without_what_it_cannot_hold(bench: Bench) -> None:
    left, right = bridged(bench, "G722", "PCMU")
    both = tone(1000, 0.6, 16000) // 2 + tone(6000, 0.6, 16000) // 2
    heard = g711.decode(codes(say(bench, left, right, wide(both), payload_type=9)))
    assert level(heard, 1000, 8000) > 3700
    # 6 kHz would be heard as 2 kHz.
    assert level(heard, 2000, 8000) < 40


def test_a_wideband_leg_hears_a_narrowband_one(bench: Bench) -> None:
    left, right = bridged(bench, "PCMU", "G722")
    got = say(bench, left, right, g711.packets(tone(1000, 0.6, 8000)), payload_type=0)
    heard = spandsp.decode_g722(codes(got))
    assert level(heard, 1000, 16000) > 7500
    # Its mirror image.
    assert level(heard, 7000, 16000) < 40


def test_a_packet_of_the_other_rate_is_heard_too(bench: Bench) -> None:
    left, right = bridged(bench, "G722", "PCMU")
    got = say(bench, left, right, g711.packets(tone(1000, 0.6, 8000)), payload_type=0)
    assert level(g711.decode(codes(got)), 1000, 8000) > 7500


def test_a_sound_is_played_to_a_wideband_leg(bench: Bench) -> None:
    peer = bench.leg(1, codec="G722")
    bench.engine.load_sound(1, tone(1000, 1.0, 8000).tobytes())
    bench.engine.play(1, 7, [1])
    heard = spandsp.decode_g722(codes(peer.receive_many(48)))
    assert level(heard, 1000, 16000) > 7500
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[5] == 1000
    after = spandsp.decode_g722(codes(peer.receive_many(20)))
    assert np.max(np.abs(after[-3200:])) < 50


def test_keys_are_found_and_sent_as_tones_at_sixteen_kilohertz(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, codec="G722", telephone_event=None, digit_way="in-band")
    narrow = np.frombuffer(_native.digit_tones("1590"), dtype=np.int16)
    samples = np.repeat(narrow, 2)
    for payload in wide(np.zeros(3200, dtype=np.int16), samples, np.zeros(3200, dtype=np.int16)):
        peer.receive()
        peer.send(bench.ports[1], payload, payload_type=9)
    assert [bench.event(_native.DIGIT_STARTED, 1)[3:] for _ in range(4)] == [
        (digit, True) for digit in "1590"
    ]
    bench.engine.send_digits(1, 1, "73D")
    heard = spandsp.decode_g722(codes(peer.receive_many(40)))
    assert spandsp.receive(heard[::2].copy()) == "73D"


def test_a_recording_that_is_held_at_eight_kilohertz_is_true(bench: Bench, tmp_path: Path) -> None:
    peer = bench.leg(1, codec="G722")
    bench.engine.load_sound(1, tone(700, 2.0, 8000).tobytes())
    path = tmp_path / "wide.wav"
    bench.engine.record(1, 5, str(path), highest_rate=8000)
    bench.engine.play(1, 7, [1])
    for payload in wide(tone(1000, 0.6, 16000)):
        peer.receive()
        peer.send(bench.ports[1], payload, payload_type=9)
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 2)
        both = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).reshape(-1, 2)
    assert level(both[:, 0], 1000, 8000) > 7000
    assert level(both[:, 1], 700, 8000) > 7000


def test_a_leg_changes_its_rate_in_the_middle_of_a_call(bench: Bench) -> None:
    left, right = bridged(bench, "PCMU", "PCMU")
    say(bench, left, right, g711.packets(tone(1000, 0.3, 8000)), payload_type=0)
    bench.configure(1, left, codec="G722")
    bench.configure(2, right, codec="G722")
    got = say(bench, left, right, wide(tone(6000, 0.6, 16000)), payload_type=9)
    assert level(spandsp.decode_g722(codes(got[10:])), 6000, 16000) > 7000
    bench.configure(2, right, codec="PCMU")
    got = say(bench, left, right, wide(tone(1000, 0.6, 16000)), payload_type=9)
    assert level(g711.decode(codes(got[10:])), 1000, 8000) > 7000
