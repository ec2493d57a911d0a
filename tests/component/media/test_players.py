"""What is played to a leg: paused, sought, louder, over what it hears, and pushed while it plays."""

from __future__ import annotations

import numpy as np
import pytest

from tests.component.media import g711
from tests.component.media.peer import Bench, Packet
from tests.component.media.test_wideband import level, tone
from voicecore.media import _native

SOUND, TUNE, STREAM = 1, 2, 3


def heard(packets: list[Packet]) -> g711.Samples:
    return g711.decode(b"".join(packet.payload for packet in packets))


def lengths(bench: Bench) -> tuple[object, ...]:
    """Of the next playout of leg 1 that ends: why, how much was played, how much a stream lacked."""
    return bench.event(_native.PLAYOUT_FINISHED, 1)[4:]


def test_a_pause_is_silence_and_resuming_goes_on_at_the_same_sample(bench: Bench) -> None:
    peer = bench.leg(1)
    ramp = np.repeat(np.arange(100, 130, dtype=np.int16) * 200, 160)
    bench.engine.load_sound(SOUND, ramp.tobytes())
    peer.receive()
    bench.engine.play(1, 5, [SOUND])
    first = [packet for packet in peer.receive_many(10) if any(heard([packet]))]
    bench.engine.pause(1, 5, True)
    while any(heard([packet := peer.receive()])):
        first.append(packet)
    bench.engine.pause(1, 5, False)
    while not any(heard([packet := peer.receive()])):
        pass
    rest = [packet, *peer.receive_many(29 - len(first))]
    assert heard(first + rest).tolist() == g711.decode(g711.encode(ramp)).tolist()
    assert lengths(bench) == (_native.PLAYED, 600, 0)


def test_a_playout_goes_to_any_place(bench: Bench) -> None:
    bench.engine.load_sound(SOUND, tone(500, 5, 8000).tobytes())
    bench.engine.load_sound(TUNE, tone(1500, 5, 8000).tobytes())
    peer = bench.leg(1)
    bench.engine.play(1, 5, [SOUND, TUNE])
    bench.engine.seek(1, 5, 9800)
    # A packet may go out between the two commands.
    assert lengths(bench) in [(_native.PLAYED, 200, 0), (_native.PLAYED, 220, 0)]
    got = heard(peer.receive_many(14))
    assert level(got[: np.flatnonzero(got)[-1]][-1440:], 1500, 8000) == pytest.approx(8000, rel=0.1)


def test_a_playout_begins_at_its_place_and_as_loud_as_it_is_to_be(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.load_sound(SOUND, tone(500, 5, 8000).tobytes())
    bench.engine.load_sound(TUNE, tone(1500, 5, 8000).tobytes())
    for playout in range(1, 9):
        bench.engine.play(1, playout, [SOUND, TUNE], start=(9840, -12.04))
        assert lengths(bench) == (_native.PLAYED, 160, 0)
    got = heard(peer.receive_many(60))
    assert 1900 < np.abs(got.astype(int)).max() < 2100


def test_volume_is_that_of_the_playout_alone(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.load_sound(SOUND, tone(500, 1, 8000).tobytes())
    bench.engine.play(1, 5, [SOUND])
    bench.engine.volume(1, 5, -12.04)
    assert level(heard(peer.receive_many(30)[10:]), 500, 8000) == pytest.approx(2000, rel=0.1)
    bench.engine.play(1, 6, [SOUND])
    assert level(heard(peer.receive_many(30)[10:]), 500, 8000) == pytest.approx(8000, rel=0.1)


def test_an_announcement_is_heard_over_the_conversation_by_one_side(bench: Bench) -> None:
    left, right = bench.leg(1), bench.leg(2, near=1)
    bench.engine.hear(1, [2])
    bench.engine.hear(2, [1])
    bench.engine.load_sound(SOUND, tone(1500, 2, 8000).tobytes())
    said = tone(400, 1.2, 8000)
    bench.engine.play(1, 5, [SOUND], over=True)
    to_left, to_right = [], []
    for start in range(0, len(said), 160):
        payload = g711.encode(said[start : start + 160])
        to_left.append(left.receive())
        to_right.append(right.receive())
        left.send(bench.ports[1], payload)
        right.send(bench.ports[2], payload)
    for packets, announced in ((to_left, 8000), (to_right, 0)):
        assert level(heard(packets), 400, 8000) == pytest.approx(8000, rel=0.1)
        assert level(heard(packets), 1500, 8000) == pytest.approx(announced, rel=0.1, abs=100)


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_a_stream_is_played_while_it_is_pushed(bench: Bench, codec: str) -> None:
    peer = bench.leg(1, codec=codec)
    samples = tone(700, 1.0, 16000)
    bench.engine.open_stream(STREAM, rate=16000, room_ms=200)
    assert bench.engine.push(STREAM, samples.tobytes()) == 3200
    bench.engine.play(1, 5, [STREAM])
    pushed, got = 3200, []
    while pushed < len(samples):
        got.append(peer.receive())
        pushed += bench.engine.push(STREAM, samples[pushed:].tobytes())
    bench.engine.end_stream(STREAM)
    assert lengths(bench)[:2] == (_native.PLAYED, 1000)
    with pytest.raises(KeyError):
        bench.engine.push(STREAM, b"")
    decode = g711.decode if codec == "PCMU" else g711.decode_alaw
    audio = decode(b"".join(packet.payload for packet in got))
    assert level(audio, 700, 8000) == pytest.approx(8000, rel=0.1)


def test_a_dry_stream_is_silence_and_told_and_a_stopped_one_takes_everything(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.open_stream(STREAM)
    assert bench.engine.push(STREAM, tone(700, 0.1, 8000).tobytes()) == 800
    bench.engine.play(1, 5, [STREAM])
    with pytest.raises(ValueError, match="once"):
        bench.engine.play(1, 6, [STREAM])
    peer.receive_many(15)
    bench.engine.stop(1, 5)
    end, played, starved = lengths(bench)
    assert (end, played) == (_native.STOPPED, 100)
    assert isinstance(starved, int)
    assert starved >= 100
    while bench.engine.push(STREAM, bytes(64_000)) < 32_000:
        pass
