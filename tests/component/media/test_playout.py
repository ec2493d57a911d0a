"""Sounds in memory, played to a leg."""

from __future__ import annotations

import numpy as np
import pytest

from tests.component.media import g711
from tests.component.media.peer import Bench, Packet
from voicecore.media import _native


def load(bench: Bench, sound: int, samples: g711.Samples) -> int:
    return bench.engine.load_sound(sound, samples.astype("<i2").tobytes())


def heard(packets: list[Packet]) -> bytes:
    """Everything but silence."""
    return b"".join(packet.payload for packet in packets).strip(b"\xff")


def test_a_sound_arrives_as_it_was_encoded_and_its_end_is_told(bench: Bench) -> None:
    samples = g711.exact(g711.tone(440, 0.5) + np.int16(50))
    assert load(bench, 1, samples) == 500
    peer = bench.leg(1)
    bench.engine.play(1, 7, [1])
    assert heard(peer.receive_many(35)) == g711.encode(samples).strip(b"\xff")
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[3:] == (7, _native.PLAYED, 500, 0)


def test_sounds_of_one_playout_leave_no_gap(bench: Bench) -> None:
    one = g711.exact(g711.tone(440, 0.111) + np.int16(50))
    two = g711.exact(g711.tone(700, 0.123) + np.int16(50))
    load(bench, 1, one)
    load(bench, 2, two)
    peer = bench.leg(1)
    bench.engine.play(1, 7, [1, 2, 1])
    assert heard(peer.receive_many(25)) == g711.encode(np.concatenate([one, two, one])).strip(b"\xff")


def test_a_new_playout_replaces_the_old_and_a_stopped_one_ends(bench: Bench) -> None:
    load(bench, 1, g711.tone(440, 5))
    peer = bench.leg(1)
    bench.engine.play(1, 7, [1])
    peer.receive_many(5)
    bench.engine.play(1, 8, [1], repeat=True)
    replaced = bench.event(_native.PLAYOUT_FINISHED, 1)
    assert replaced[3:5] == (7, _native.REPLACED)
    bench.engine.stop(1, 7)
    peer.receive_many(3)
    assert bench.kept(1) == []
    bench.engine.stop(1, 8)
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[3:5] == (8, _native.STOPPED)
    peer.receive_many(3)
    assert peer.receive().payload == b"\xff" * 160


def test_a_playout_that_runs_when_the_leg_closes_is_told_before_that(bench: Bench) -> None:
    load(bench, 1, g711.tone(440, 5))
    bench.leg(1).receive()
    bench.engine.play(1, 7, [1])
    bench.close_leg(1)
    assert [event[0] for event in bench.kept(1)] == [_native.PLAYOUT_FINISHED]
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[4] == _native.LEG_CLOSED_REASON


def test_listeners_in_step_hear_the_same_place(bench: Bench) -> None:
    rising = np.arange(-8000, 8000, dtype=np.int16)
    load(bench, 1, rising)
    first, second = bench.leg(1), bench.leg(2)
    bench.engine.play(1, 7, [1], repeat=True, in_step=True)
    first.receive_many(9)
    bench.engine.play(2, 8, [1], repeat=True, in_step=True)
    second.receive_many(4)
    here, there = first.receive_many(12)[-1], second.receive_many(9)[-1]
    place_here = int(g711.decode(here.payload)[0]) - here.at * 8000
    place_there = int(g711.decode(there.payload)[0]) - there.at * 8000
    # Coarse, as the test's own clock reading is: without step they would be far apart at random.
    distance = abs(place_here - place_there) % 16000
    assert min(distance, 16000 - distance) < 1600


def test_an_unloaded_sound_plays_on_where_it_plays(bench: Bench) -> None:
    load(bench, 1, g711.tone(440, 0.3))
    bench.leg(1)
    bench.engine.play(1, 7, [1])
    bench.engine.unload_sound(1)
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[3:] == (7, _native.PLAYED, 300, 0)
    with pytest.raises(KeyError):
        bench.engine.play(1, 8, [1])
    with pytest.raises(KeyError):
        bench.engine.unload_sound(1)


def test_half_a_sample_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="pairs"):
        bench.engine.load_sound(1, b"abc")
