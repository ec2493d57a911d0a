"""Measures the native engine's load once a second, for admission."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

import structlog

from voicecore.media import _native
from voicecore.media.admission import Limits, Measurement, Standing, judge

_log = structlog.get_logger(__name__)

MEASURE_EVERY_S = 1.0


class LoadWatch:
    """How the engine stands, by what was measured last. `legs` says how many are open."""

    def __init__(
        self, native: _native.Engine, loop: AbstractEventLoop, limits: Limits, legs: Callable[[], int]
    ) -> None:
        self._native, self._loop, self._legs = native, loop, legs
        self._limits, self._standing = limits, Standing()
        self._workers = native.load().workers
        self._measured = loop.time(), native.pressure()
        self._timer = loop.call_later(MEASURE_EVERY_S, self._measure)

    @property
    def standing(self) -> Standing:
        return self._standing._replace(legs=self._legs())

    @property
    def admits(self) -> bool:
        """Whether one more leg is taken."""
        return self._standing.admits(self._legs())

    def close(self) -> None:
        self._timer.cancel()

    def _measure(self) -> None:
        self._timer = self._loop.call_later(MEASURE_EVERY_S, self._measure)
        (began, before), now = self._measured, self._loop.time()
        pressure = self._native.pressure()
        self._measured = now, pressure
        cpu_ns, ticks, late = (new - old for new, old in zip(pressure[:3], before[:3], strict=True))
        busy = cpu_ns / 1e9 / max(now - began, 1e-3) / self._workers
        measurement = Measurement(self._legs(), pressure[3], busy, late / max(ticks, 1))
        refused, self._standing = self._standing.refuses, judge(self._standing, measurement, self._limits)
        if self._standing.refuses is not refused:
            what = "refuses new legs" if not refused else "takes new legs again"
            _log.warning(f"the media engine {what}", busy=round(busy, 2), late=measurement.late)
