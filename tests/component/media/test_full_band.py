"""Opus legs at 48 kHz among themselves and beside all others; PyAV's libopus is the peer's codec."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.component.media import g711, opus, spandsp
from tests.component.media.peer import Bench, Packet, Peer
from tests.component.media.spandsp import Samples
from tests.component.media.test_wideband import codes, level, tone, wide
from voicecore.media import _native

FULL = 48_000
HIGH = 12_000
"""A frequency that 16 kHz cannot hold."""
LOUD = 4000
"""Of a tone of 8000: a codec for voice has its ways with tones."""
PLENTY = (96_000, 5, False, False, FULL)
ROOM = 50


def full(bench: Bench, leg: int, *, rate: int = FULL, packet_time_ms: int = 20) -> Peer:
    peer = bench.open(leg, near=None if leg == 1 else 1)
    again(bench, leg, peer, rate=rate, packet_time_ms=packet_time_ms)
    return peer


def again(bench: Bench, leg: int, peer: Peer, *, rate: int, packet_time_ms: int = 20) -> None:
    # With many bits libopus sends 8 kHz where 6 were asked for.
    settings = (24_000 if rate == 12_000 else PLENTY[0], *PLENTY[1:4], rate)
    bench.configure(leg, peer, codec="opus", opus=settings, opus_rate=rate, packet_time_ms=packet_time_ms)


def opus_of(hertz: float, seconds: float = 1.0) -> list[bytes]:
    return opus.encode(tone(hertz, seconds, FULL), rate=FULL, bit_rate=96_000)


def heard(packets: list[Packet]) -> Samples:
    return opus.decode((packet.payload for packet in packets), FULL)


def joined(bench: Bench) -> None:
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])


def test_legs_at_48_khz_hear_each_other_at_48_khz(bench: Bench) -> None:
    left, right = full(bench, 1), full(bench, 2)
    joined(bench)
    got = opus.say(bench, left, right, opus_of(HIGH))
    assert level(heard(got), HIGH, FULL) > LOUD
    statistics = bench.statistics_when(1, lambda found: found.packets_received == 50)
    assert (statistics.packets_lost, statistics.concealed_ms) == (0, 0)


@pytest.mark.parametrize("rate", [8000, 12_000, 16_000, 24_000])
def test_a_leg_of_a_lower_rate_neither_hears_nor_says_more(bench: Bench, rate: int) -> None:
    left, right = full(bench, 1), full(bench, 2, rate=rate)
    joined(bench)
    above, below = rate / 2 + 1500, rate / 2 - 2000
    both = tone(above, 1.0, FULL) // 2 + tone(below, 1.0, FULL) // 2
    got = heard(opus.say(bench, left, right, opus.encode(both, rate=FULL, bit_rate=96_000)))
    assert level(got, below, FULL) > LOUD / 2
    assert level(got, above, FULL) < 100


@pytest.mark.parametrize(("codec", "hertz", "rate"), [("PCMU", 1000, 8000), ("G722", 6000, 16_000)])
def test_other_legs_hear_one_at_48_khz_as_well_as_they_can(
    bench: Bench, codec: str, hertz: int, rate: int
) -> None:
    left, right = full(bench, 1), bench.leg(2, near=1, codec=codec)
    joined(bench)
    both = tone(hertz, 1.0, FULL) // 2 + tone(HIGH, 1.0, FULL) // 2
    got = codes(opus.say(bench, left, right, opus.encode(both, rate=FULL, bit_rate=96_000)))
    samples = g711.decode(got) if codec == "PCMU" else spandsp.decode_g722(got)
    assert level(samples, hertz, rate) > LOUD / 2
    # 12 kHz would be heard as this.
    assert level(samples, 4000 if codec == "G722" else 0, rate) < 100


@pytest.mark.parametrize(("codec", "hertz"), [("PCMU", 1000), ("G722", 6000)])
def test_a_leg_at_48_khz_hears_all_others(bench: Bench, codec: str, hertz: int) -> None:
    left, right = full(bench, 1), bench.leg(2, near=1, codec=codec)
    joined(bench)
    said = g711.packets(tone(hertz, 1.0, 8000)) if codec == "PCMU" else wide(tone(hertz, 1.0, 16_000))
    got = heard(opus.say(bench, right, left, said, codec, to=2))
    assert level(got, hertz, FULL) > LOUD
    # Its mirror images.
    assert max(level(got, image - hertz, FULL) for image in (8000, 16_000) if image > hertz + 4000) < 100


def test_packets_of_the_other_codecs_are_heard_by_a_leg_at_48_khz(bench: Bench) -> None:
    left, right = full(bench, 1), full(bench, 2)
    joined(bench)
    got = opus.say(bench, left, right, g711.packets(tone(1000, 1.0, 8000)), "PCMU")
    assert level(heard(got), 1000, FULL) > LOUD


def test_a_conference_runs_at_the_highest_rate_that_any_leg_hears(bench: Bench) -> None:
    peers = {1: full(bench, 1), 2: full(bench, 2)}
    peers[3], peers[4] = bench.leg(3, near=1, codec="G722"), bench.leg(4, near=1)
    bench.engine.open_conference(ROOM)
    for leg in peers:
        bench.engine.join(leg, ROOM)
    said = {
        1: opus.encode(tone(HIGH, 1.2, FULL) // 2 + tone(1000, 1.2, FULL) // 2, rate=FULL, bit_rate=96_000),
        3: wide(tone(6000, 1.2, 16_000) // 2),
        4: g711.packets(tone(700, 1.2, 8000) // 2),
    }
    names = {1: "opus", 3: "G722", 4: "PCMU"}
    got: dict[int, list[Packet]] = {leg: [] for leg in peers}
    for number in range(60):
        for leg, peer in peers.items():
            got[leg].append(peer.receive())
            if leg in said:
                opus.speak(peer, bench.ports[leg], said[leg][number], names[leg])
    one, two = heard(got[1]), heard(got[2])
    for hertz in (HIGH, 1000, 6000, 700):
        assert level(two, hertz, FULL) > LOUD / 2
    assert min(level(one, 6000, FULL), level(one, 700, FULL)) > LOUD / 2
    assert max(level(one, HIGH, FULL), level(one, 1000, FULL)) < 200
    three = spandsp.decode_g722(codes(got[3]))
    assert min(level(three, 1000, 16_000), level(three, 700, 16_000)) > LOUD / 2
    assert max(level(three, 6000, 16_000), level(three, 4000, 16_000)) < 200
    four = g711.decode(codes(got[4]))
    assert level(four, 1000, 8000) > LOUD / 2
    assert level(four, 2000, 8000) < 100


def test_a_member_of_a_conference_gets_another_rate(bench: Bench) -> None:
    left, right = full(bench, 1, rate=16_000), full(bench, 2, rate=16_000)
    bench.engine.open_conference(ROOM)
    for leg in (1, 2):
        bench.engine.join(leg, ROOM)
    opus.say(bench, left, right, opus_of(1000, 0.2))
    again(bench, 1, left, rate=FULL)
    again(bench, 2, right, rate=FULL)
    got = opus.say(bench, left, right, opus_of(HIGH, 1.2))
    assert level(heard(got), HIGH, FULL) > LOUD
    again(bench, 2, right, rate=16_000)
    got = opus.say(bench, left, right, opus_of(6000, 1.2))
    assert level(heard(got), 6000, FULL) > LOUD


def test_a_sound_is_played_to_a_leg_at_48_khz(bench: Bench) -> None:
    peer = full(bench, 1)
    bench.engine.load_sound(1, tone(6000, 1.0, 16_000).tobytes(), rate=16_000)
    bench.engine.play(1, 7, [1])
    got = heard(peer.receive_many(46))
    assert level(got, 6000, FULL) > LOUD
    assert level(got, 10_000, FULL) < 100
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[5] == 1000


def test_long_packets_have_16_khz(bench: Bench) -> None:
    left, right = full(bench, 1, packet_time_ms=60), full(bench, 2)
    joined(bench)
    said = opus_of(6000, 1.2)
    got = []
    for index in range(0, len(said) - 2, 3):
        got.append(left.receive())
        for payload in said[index : index + 3]:
            right.receive()
            opus.speak(right, bench.ports[2], payload)
    assert {len(opus.decode([packet.payload], FULL)) for packet in got} == {2880}
    assert level(heard(got), 6000, FULL) > LOUD / 2


@pytest.mark.parametrize("format", ["wav", "opus"])
def test_a_recording_holds_48_khz_where_that_is_asked_for(bench: Bench, tmp_path: Path, format: str) -> None:
    highest, usual = tmp_path / f"high.{format}", tmp_path / "usual.wav"
    peer = full(bench, 1)
    bench.engine.record(1, 5, str(highest), layout="party", format=format, highest_rate=FULL)
    bench.engine.record(1, 6, str(usual), layout="party")
    both = tone(HIGH, 1.0, FULL) // 2 + tone(1000, 1.0, FULL) // 2
    for payload in opus.encode(both, rate=FULL, bit_rate=96_000):
        peer.receive()
        opus.speak(peer, bench.ports[1], payload)
    for recording in (5, 6):
        bench.engine.stop_recording(1, recording)
        bench.event(_native.RECORDING_FINISHED, 1)
    samples, rate = soundfile.read(highest, dtype="int16")
    assert rate == FULL
    assert level(samples, 1000, FULL) > LOUD / 2
    if format == "wav":
        assert level(samples, HIGH, FULL) > LOUD / 2
    samples, rate = soundfile.read(usual, dtype="int16")
    assert rate == 16_000
    assert level(samples, 1000, rate) > LOUD / 2
    # 12 kHz would be heard as 4 kHz.
    assert level(samples, 4000, rate) < 100


def test_keys_are_found_as_tones_at_48_khz(bench: Bench) -> None:
    peer = bench.leg(1, codec="opus")
    way = {"telephone_event": None, "digit_way": "in-band"}
    bench.configure(1, peer, codec="opus", opus=PLENTY, opus_rate=FULL, **way)  # type: ignore[arg-type]
    narrow = np.frombuffer(_native.digit_tones("159"), dtype=np.int16)
    quiet = np.zeros(9600, np.int16)
    said = np.concatenate([quiet, np.repeat(narrow, 6), quiet])
    for payload in opus.encode(said, rate=FULL, bit_rate=96_000):
        peer.receive()
        opus.speak(peer, bench.ports[1], payload)
    assert [bench.event(_native.DIGIT_STARTED, 1)[3:] for _ in range(3)] == [(digit, True) for digit in "159"]


def test_a_rate_that_opus_has_not_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="8000, 12000, 16000, 24000 or 48000"):
        full(bench, 1, rate=44_100)


@pytest.mark.parametrize(("rate", "passes"), [(FULL, True), (24_000, False)])
def test_packets_of_two_legs_of_the_same_rate_pass_as_they_come(
    bench: Bench, rate: int, passes: bool
) -> None:
    left, right = full(bench, 1), full(bench, 2, rate=rate)
    joined(bench)
    said = opus_of(HIGH, 3.0)
    got = []
    for payload in said:
        left.receive()
        opus.speak(left, bench.ports[1], payload)
        opus.speak(right, bench.ports[2], payload)
        got.append(right.receive().payload)
    assert (got[-10] in said) == passes
    found = bench.statistics(1)
    assert ((found.packets_relayed > 10), found.packets_lost) == (passes, 0)


def test_an_announcement_is_heard_at_48_khz_by_who_has_it(bench: Bench) -> None:
    peers = {1: full(bench, 1), 2: bench.leg(2, near=1, codec="G722")}
    bench.engine.open_conference(ROOM)
    for leg in peers:
        bench.engine.join(leg, ROOM)
    both = tone(HIGH, 1.5, FULL) // 2 + tone(6000, 1.5, FULL) // 2
    bench.engine.load_sound(1, both.tobytes(), rate=FULL)
    bench.engine.announce(ROOM, 7, [1])
    got: dict[int, list[Packet]] = {leg: [] for leg in peers}
    for _ in range(60):
        for leg, peer in peers.items():
            got[leg].append(peer.receive())
    one, two = heard(got[1]), spandsp.decode_g722(codes(got[2]))
    assert min(level(one, HIGH, FULL), level(one, 6000, FULL)) > LOUD / 2
    assert level(two, 6000, 16_000) > LOUD / 2
    # 12 kHz would be heard as 4 kHz.
    assert level(two, 4000, 16_000) < 100
