"""Legs with Opus and with linear samples, alone and beside others; PyAV's libopus is the peer's codec."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.component.media import g711, opus, spandsp
from tests.component.media.peer import Bench
from tests.component.media.spandsp import Samples
from tests.component.media.test_wideband import bridged, codes, level, tone
from voicecore.media import _native

LOUD = 5000
"""Of a tone of 8000: a codec for voice has its ways with tones."""


def opus_of(hertz: float, seconds: float = 1.0) -> list[bytes]:
    return opus.encode(tone(hertz, seconds, opus.RATE))


def test_opus_legs_hear_each_other_at_sixteen_kilohertz(bench: Bench) -> None:
    left, right = bridged(bench, "opus", "opus")
    got = opus.say(bench, left, right, opus_of(6000))
    assert {packet.payload_type for packet in got} == {111}
    assert {(b.timestamp - a.timestamp) % 2**32 for a, b in pairwise(got)} == {960}
    assert level(opus.decode(packet.payload for packet in got), 6000, opus.RATE) > LOUD
    statistics = bench.statistics_when(1, lambda found: found.packets_received == 50)
    assert (statistics.packets_lost, statistics.concealed_ms) == (0, 0)


def test_opus_and_g711_hear_each_other(bench: Bench) -> None:
    left, right = bridged(bench, "opus", "PCMU")
    heard = g711.decode(codes(opus.say(bench, left, right, opus_of(1000))))
    assert level(heard, 1000, 8000) > LOUD
    said = g711.packets(tone(1000, 1.0, 8000))
    got = opus.say(bench, right, left, said, "PCMU", to=2)
    assert level(opus.decode(packet.payload for packet in got), 1000, opus.RATE) > LOUD


def test_linear_samples_arrive_as_they_were_sent(bench: Bench) -> None:
    left, right = bridged(bench, "L16/16000", "L16/16000")
    samples = tone(3000, 0.6, 16_000)
    said = [samples[at : at + 320].astype(">i2").tobytes() for at in range(0, len(samples), 320)]
    got = opus.say(bench, left, right, said, "L16/16000")
    assert {len(packet.payload) for packet in got} == {640}
    heard = np.frombuffer(codes(got), dtype=">i2").astype(np.int16)
    sounding = heard[np.flatnonzero(heard)[0] - 1 :][:4000]
    # Sample by sample, wherever the jitter buffer began.
    assert any(np.array_equal(sounding, samples[at : at + len(sounding)]) for at in range(4000))


def test_linear_samples_at_eight_kilohertz_are_heard_by_others(bench: Bench) -> None:
    left, right = bridged(bench, "L16/8000", "opus")
    samples = tone(1000, 1.0, 8000)
    said = [samples[at : at + 160].astype(">i2").tobytes() for at in range(0, len(samples), 160)]
    got = opus.say(bench, left, right, said, "L16/8000")
    assert level(opus.decode(packet.payload for packet in got), 1000, opus.RATE) > LOUD


def test_a_sound_is_played_to_an_opus_leg(bench: Bench) -> None:
    peer = bench.leg(1, codec="opus")
    bench.engine.load_sound(1, tone(1000, 1.0, 8000).tobytes())
    bench.engine.play(1, 7, [1])
    heard = opus.decode(packet.payload for packet in peer.receive_many(48))
    assert level(heard, 1000, opus.RATE) > LOUD
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[5] == 1000


def test_a_recording_of_an_opus_leg_holds_both_sides(bench: Bench, tmp_path: Path) -> None:
    peer = bench.leg(1, codec="opus")
    bench.engine.load_sound(1, tone(700, 2.0, 8000).tobytes())
    path = tmp_path / "opus.wav"
    bench.engine.record(1, 5, str(path), layout="stereo")
    bench.engine.play(1, 7, [1])
    opus.say(bench, peer, peer, opus_of(1000)[:1])
    for payload in opus_of(1000):
        peer.receive()
        opus.speak(peer, bench.ports[1], payload)
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    with wave.open(str(path)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).reshape(-1, 2)
    assert level(both[:, 0], 1000, file.getframerate()) > LOUD
    assert level(both[:, 1], 700, file.getframerate()) > 7000


@pytest.mark.parametrize("way", ["event", "in-band"])
def test_keys_are_sent_as_events_of_the_clock_and_as_tones(bench: Bench, way: str) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, codec="opus", telephone_event=110, event_clocks=[(110, 48_000)], digit_way=way)
    peer.receive_many(3)
    bench.engine.send_digits(1, 1, "5", duration_ms=100, gap_ms=100)
    got = peer.receive_many(20)
    events = [packet for packet in got if packet.payload_type == 110]
    if way == "in-band":
        heard = opus.decode((packet.payload for packet in got), 8000)
        assert (events, spandsp.receive(heard)) == ([], "5")
        return
    assert [packet.payload[0] for packet in events] == [5] * 7
    assert [int.from_bytes(packet.payload[2:]) for packet in events] == [960, 1920, 2880, 3840, *[4800] * 3]
    assert len({packet.timestamp for packet in events}) == 1
    assert bench.event(_native.DIGITS_SENT, 1)[3] == 1


def test_keys_of_either_clock_are_understood(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, codec="opus", telephone_event=110, event_clocks=[(110, 48_000), (126, 8000)])
    for payload_type, clock, key in ((110, 48_000, 7), (126, 8000, 8)):
        for packets in range(1, 6):
            peer.receive()
            duration = packets * clock // 50
            payload = bytes([key, 0x80 if packets == 5 else 0]) + duration.to_bytes(2)
            peer.send(bench.ports[1], payload, payload_type=payload_type, timestamp=peer.timestamp)
        peer.timestamp += 9600
        assert bench.event(_native.DIGIT_ENDED, 1)[3:5] == (str(key), 100)


def heard_over_a_bad_line(bench: Bench, said: list[bytes]) -> tuple[Samples, int]:
    """What the other side hears, and how many milliseconds were made up."""
    left, right = bridged(bench, "opus", "L16/16000")
    got = opus.say(bench, left, right, said)
    concealed = bench.statistics(1).concealed_ms
    return np.frombuffer(codes(got), dtype=">i2").astype(np.int16), concealed


def test_lost_packets_are_recovered_from_those_after_them(bench: Bench) -> None:
    packets = opus.encode(opus.speech(3.0, opus.RATE), fec="1", packet_loss="20")
    lossy = [b"" if index % 10 == 7 else packet for index, packet in enumerate(packets)]
    heard, concealed = heard_over_a_bad_line(bench, lossy)
    # Fifteen packets are lost, and of those at most a few before the delay has grown.
    assert concealed <= 120
    assert np.max(np.abs(heard)) > 3000


def test_loss_that_the_peer_tells_of_makes_packets_that_hold_a_copy(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, codec="opus", opus=(24_000, 5, True, False, 48_000))
    bench.engine.load_sound(1, opus.speech(2.0, 8000).tobytes())
    bench.engine.play(1, 7, [1], repeat=True)
    before = peer.receive_many(50)
    report = (
        bytes([0x81, 201, 0, 7])
        + peer.ssrc.to_bytes(4)
        + before[0].ssrc.to_bytes(4)
        + bytes([51])
        + bytes(19)
    )
    opus.speak(peer, bench.ports[1], opus_of(1000)[0])
    peer.receive_many(3)
    peer.rtcp.sendto(report, ("127.0.0.1", bench.ports[1] + 1))
    bench.statistics_when(1, lambda found: found.remote_loss is not None)
    peer.receive_many(5)
    after = peer.receive_many(50)
    assert not any(has_copy(packet.payload) for packet in before)
    assert sum(has_copy(packet.payload) for packet in after) > 25


def has_copy(payload: bytes) -> bool:
    """Whether the first SILK frame of a mono packet of 20 ms says that there is one of the frame before (RFC 6716,
    4.2.3): the second bit of the range decoder, which for two even choices is the second bit of the octet."""
    return payload[0] >> 3 < 12 and bool(payload[1] & 0x40)


def test_an_opus_conference_has_one_encoder_for_all_who_only_listen(bench: Bench) -> None:
    bench.engine.open_conference(900)
    peers = {leg: bench.leg(leg, near=1 if leg > 1 else None, codec="opus") for leg in (1, 2, 3)}
    for leg in peers:
        bench.engine.join(leg, 900)
    heard: dict[int, list[bytes]] = {1: [], 2: [], 3: []}
    for payload in opus_of(1000, 1.4):
        for leg, peer in peers.items():
            heard[leg].append(peer.receive().payload)
        opus.speak(peers[1], bench.ports[1], payload)
    for leg in (2, 3):
        assert level(opus.decode(heard[leg]), 1000, opus.RATE) > LOUD
    assert level(opus.decode(heard[1]), 1000, opus.RATE) < 300
    # Who is due at the same time gets the same octets; one of them may have been a packet ahead.
    assert set(heard[2][30:-1]) <= set(heard[3]) or not set(heard[2][30:]) & set(heard[3][30:])


def test_a_leg_goes_from_g711_to_opus_and_back_in_the_middle_of_a_call(bench: Bench) -> None:
    left, right = bridged(bench, "PCMU", "PCMU")
    said = g711.packets(tone(1000, 0.3, 8000))
    opus.say(bench, left, right, said, "PCMU")
    bench.configure(1, left, codec="opus")
    heard = g711.decode(codes(opus.say(bench, left, right, opus_of(1000))))
    assert level(heard, 1000, 8000) > LOUD
    bench.configure(1, left, codec="PCMU")
    heard = g711.decode(codes(opus.say(bench, left, right, g711.packets(tone(1000, 0.6, 8000)), "PCMU")))
    assert level(heard, 1000, 8000) > LOUD


def test_with_dtx_silence_needs_hardly_a_packet(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, codec="opus", opus=(24_000, 5, False, True, 48_000))
    packets = peer.receive_many(30)
    times = [(b.timestamp - a.timestamp) % 2**32 // 960 for a, b in pairwise(packets)]
    # At most one in 400 ms, once the encoder has seen that it is silence.
    assert max(times) >= 15
    assert all(b.sequence == (a.sequence + 1) % 2**16 for a, b in pairwise(packets))


def test_packet_times_that_opus_has_not_are_refused(bench: Bench) -> None:
    peer = bench.leg(1, codec="opus")
    for milliseconds in (30, 50):
        with pytest.raises(ValueError, match="packet time"):
            bench.configure(1, peer, codec="opus", packet_time_ms=milliseconds)
    for milliseconds in (10, 40, 60):
        bench.configure(1, peer, codec="opus", packet_time_ms=milliseconds)
        peer.receive_many(4)
        got = peer.receive_many(3)
        assert {(b.timestamp - a.timestamp) % 2**32 for a, b in pairwise(got)} == {48 * milliseconds}


def test_a_prompt_is_encoded_once_and_sent_again(bench: Bench) -> None:
    peer = bench.leg(1, codec="opus")
    noise = np.random.default_rng(3).normal(0, 3000, 3200).astype("<i2")
    bench.engine.load_sound(1, noise.tobytes())

    def heard(playout: int) -> set[bytes]:
        bench.engine.play(1, playout, [1])
        payloads = [packet.payload for packet in peer.receive_many(30)]
        return {payload for payload in payloads if len(payload) > 30}

    # Whenever the packets are made: an encoder that goes on says nothing twice.
    turns = [heard(playout) for playout in range(5)]
    assert max(len(one & other) for one, other in pairwise(turns)) >= 10
