from __future__ import annotations

import asyncio

import pytest

from voicecore.exchange.load import KEPT, PERIOD_S, LoopLateness


class LateLoop:
    """Stands for the running loop: calls what is due so much too late."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due = 0.0

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, wake: object) -> LateLoop:
        self._due, self._wake = due, wake
        return self

    def cancel(self) -> None:
        self._wake = None

    def turn(self, late: float) -> None:
        self.now = self._due + late
        assert callable(self._wake)
        self._wake()


@pytest.fixture(name="loop")
def _loop(monkeypatch: pytest.MonkeyPatch) -> LateLoop:
    loop = LateLoop()
    monkeypatch.setattr("voicecore.exchange.load.asyncio.get_running_loop", lambda: loop)
    return loop


def test_one_hiccup_is_no_lateness(loop: LateLoop) -> None:
    lateness = LoopLateness()
    for late in (0.0, 2.0, 0.0):
        loop.turn(late)
    assert lateness.seconds == pytest.approx(0.0)


def test_a_loop_that_is_late_every_time_is_late(loop: LateLoop) -> None:
    lateness = LoopLateness()
    for late in (0.3, 0.5) * KEPT:
        loop.turn(late)
    assert lateness.seconds == pytest.approx(0.3)


def test_a_loop_that_comes_round_in_time_is_late_for_what_waits_in_the_kernel(loop: LateLoop) -> None:
    lateness = LoopLateness(lambda: 0.4)
    for _ in range(KEPT):
        loop.turn(0.01)
    assert lateness.seconds == pytest.approx(0.4)


def test_lateness_is_forgotten_after_a_while(loop: LateLoop) -> None:
    lateness = LoopLateness()
    for late in (*[0.3] * KEPT, *[0.0] * KEPT):
        loop.turn(late)
    assert lateness.seconds == pytest.approx(0.0)


async def test_it_asks_twenty_times_a_second_until_it_is_closed() -> None:
    lateness = LoopLateness()
    await asyncio.sleep(20 * PERIOD_S)
    assert lateness.seconds == pytest.approx(0.0)
    lateness.close()
