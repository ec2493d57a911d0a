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
from voicecore.media.native import NativeMediaEngine


def test_ticks_and_cpu_time_are_counted_whoever_asks(bench: Bench) -> None:
    peer = bench.leg(1)
    before = bench.engine.pressure()
    peer.receive_many(10)
    deadline = time.monotonic() + PATIENCE
    while (after := bench.engine.pressure())[1] < before[1] + 5 and time.monotonic() < deadline:
        pass
    bench.engine.load()  # takes its own figures away, and none of these
    again = bench.engine.pressure()
    assert before[0] < after[0] <= again[0]
    assert before[1] < after[1] <= again[1]
    assert after[2] <= after[1]
    assert again[3] == 99


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
