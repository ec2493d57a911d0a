"""Playouts of the simulated engine stand where real ones would, in virtual time."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.unit.testing.test_simulated_engine import LEFT, bridged
from voicecore.calls.media_observer import UNOBSERVED
from voicecore.calls.media_session import MediaSession
from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.media.engine import Samples
from voicecore.media.events import MediaEvent, PlayoutEnd, PlayoutFinished
from voicecore.media.sounds import Sound
from voicecore.testing.simulated_engine import SimulatedEngine


def second(count: float = 1.0) -> Samples:
    return np.ones(round(8000 * count), np.int16)


def ends(told: list[MediaEvent]) -> list[tuple[PlayoutEnd, int, int]]:
    found = [event for event in told if isinstance(event, PlayoutFinished)]
    return [(event.end, event.played_ms, event.starved_ms) for event in found]


async def test_a_pause_makes_a_playout_later_and_no_longer() -> None:
    engine, told = bridged()
    playout = engine.play(LEFT, [engine.load_sound(second().tobytes())])
    await asyncio.sleep(0.4)
    engine.pause(LEFT, playout, True)
    await asyncio.sleep(10)
    engine.pause(LEFT, playout, False)
    await asyncio.sleep(0.5)
    assert ends(told) == []
    await asyncio.sleep(0.2)
    assert ends(told) == [(PlayoutEnd.PLAYED, 1000, 0)]


async def test_seeking_leaves_out_and_plays_again() -> None:
    engine, told = bridged()
    sounds = [engine.load_sound(second().tobytes()), engine.load_sound(second(2).tobytes())]
    playout = engine.play(LEFT, sounds)
    engine.seek(LEFT, playout, 2500)
    await asyncio.sleep(0.4)
    engine.seek(LEFT, playout, 900)
    await asyncio.sleep(0.3)
    engine.stop(LEFT, playout)
    await asyncio.sleep(0)
    assert ends(told) == [(PlayoutEnd.STOPPED, 700, 0)]
    heard = [
        (list[object](sounds).index(one.sound), round(one.ended - one.began, 3))
        for one in engine.legs[LEFT].heard
    ]
    assert heard == [(0, 0), (1, 0.4), (0, 0.1), (1, 0.2)]


async def test_what_is_played_over_leaves_the_rest_alone() -> None:
    engine, told = bridged()
    tune = engine.play(LEFT, [engine.load_sound(second().tobytes())], repeat=True)
    engine.play(LEFT, [engine.load_sound(second(0.1).tobytes())], over=True)
    await asyncio.sleep(0.2)
    assert ends(told) == [(PlayoutEnd.PLAYED, 100, 0)]
    engine.stop(LEFT, tune)
    await asyncio.sleep(0)
    assert ends(told)[1:] == [(PlayoutEnd.STOPPED, 200, 0)]


async def test_a_stream_plays_what_was_pushed_and_counts_what_was_missing() -> None:
    engine, told = bridged()
    stream = engine.open_stream(room_ms=500)
    assert engine.push(stream, second(0.6)) == 4000
    engine.play(LEFT, [stream])
    await asyncio.sleep(0.25)
    assert engine.push(stream, second()) == 2000
    await asyncio.sleep(0.75)
    assert engine.push(stream, second(0.1)) == 800
    engine.end_stream(stream)
    await asyncio.sleep(0.2)
    assert ends(told) == [(PlayoutEnd.PLAYED, 850, 250)]
    with pytest.raises(UsageError):
        engine.push(stream, second())
    with pytest.raises(UsageError):
        engine.play(LEFT, [engine.open_stream()], repeat=True)


async def test_who_writes_faster_than_it_is_played_waits() -> None:
    engine = SimulatedEngine()
    session = MediaSession(engine, LegId(9), observer=UNOBSERVED)
    stream = session.open_stream(room_ms=400)
    playout = session.play([Sound(engine.load_sound(second().tobytes()), 1000), stream])
    began = asyncio.get_running_loop().time()
    await stream.write(second(2.0))
    waited = asyncio.get_running_loop().time() - began
    stream.end()
    finished = await playout.finished()
    assert (finished.end, finished.played_ms) == (PlayoutEnd.PLAYED, 3000)
    assert 2.6 <= waited <= 2.8


async def test_who_writes_after_the_playouts_end_does_not_wait() -> None:
    engine = SimulatedEngine()
    session = MediaSession(engine, LegId(9), observer=UNOBSERVED)
    stream = session.open_stream(room_ms=400)
    playout = session.play([stream])
    await stream.write(second(0.4))
    await asyncio.sleep(0.2)
    playout.stop()
    assert (await playout.finished()).played_ms == 200
    await stream.write(second(100))
    stream.end()
