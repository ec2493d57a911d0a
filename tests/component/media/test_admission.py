"""What the engine measures of itself, and that it opens no leg beyond its bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.component.media.peer import PATIENCE, Bench
from voicecore.errors import Unavailable
from voicecore.ids import LegId
from voicecore.media import native_load
from voicecore.media.admission import Limits
from voicecore.media.leg_spec import LegSpec, OpusSpec
from voicecore.media.native import NativeMediaEngine


def test_ticks_and_cpu_time_are_counted_whoever_asks(bench: Bench) -> None:
    peer = bench.leg(1)
    before = bench.engine.pressure()[0][0]
    peer.receive_many(10)
    deadline = time.monotonic() + PATIENCE
    while (after := bench.engine.pressure()[0][0])[1] < before[1] + 5 and time.monotonic() < deadline:
        pass
    bench.engine.load()  # takes its own figures away, and none of these
    (again, *_), ports_free = bench.engine.pressure()
    assert before[0] < after[0] <= again[0]
    assert before[1] < after[1] <= again[1]
    assert after[2] <= after[1]
    assert ports_free == 99


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not met():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)


async def test_no_leg_is_opened_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_load, "MEASURE_EVERY_S", 0.02)
    engine = NativeMediaEngine(("127.0.0.1",), (34000, 34199), 1, limits=Limits(legs=2))
    try:
        await until(lambda: engine.standing.most == 2)
        engine.open_leg(LegId(1), lambda event: None)
        engine.open_leg(LegId(2), lambda event: None)
        with pytest.raises(Unavailable):
            engine.open_leg(LegId(3), lambda event: None)
        with pytest.raises(Unavailable):
            engine.open_browser_leg(LegId(3), lambda event: None)
        engine.close_leg(LegId(1))
        await until(lambda: engine.standing.room > 0)
        engine.open_leg(LegId(3), lambda event: None)
    finally:
        engine.close()


@pytest.mark.parametrize(("codec", "taken"), [("opus", range(70, 100)), ("PCMU", range(300, 301))])
async def test_legs_that_come_at_once_are_counted_for_what_their_codec_will_take(
    codec: str, taken: range
) -> None:
    """One worker, and nobody has measured anything when the last leg comes."""
    engine = NativeMediaEngine(("127.0.0.1",), (34200, 34999), 1)
    number, opus = (111, OpusSpec()) if codec == "opus" else (0, None)
    opened = 0
    try:
        while opened < 300:
            leg = LegId(opened + 1)
            port = engine.open_leg(leg, lambda event: None)
            opened += 1
            spec = LegSpec(
                "127.0.0.1", port, port + 1, codec, number, 20, ((number, codec),), None, opus=opus
            )
            engine.configure_leg(leg, spec._replace(sending=False))
    except Unavailable:
        pass
    finally:
        engine.close()
    assert opened in taken
