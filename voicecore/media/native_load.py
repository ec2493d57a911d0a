"""Measures the native engine's load once a second, for admission."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

import structlog

from voicecore.media import _native
from voicecore.media.admission import Limits, Standing, Work, has_time, judge, measurement

_log = structlog.get_logger(__name__)

MEASURE_EVERY_S = 1.0


class LoadWatch:
    """How the engine stands, by what was measured last. `legs` says how many are open."""

    def __init__(
        self, native: _native.Engine, loop: AbstractEventLoop, limits: Limits, legs: Callable[[], int]
    ) -> None:
        self._native, self._loop, self._legs = native, loop, legs
        self._limits, self._standing = limits, Standing()
        self._measured = loop.time(), self._works()[0]
        self._timer = loop.call_later(MEASURE_EVERY_S, self._measure)

    @property
    def standing(self) -> Standing:
        return self._standing._replace(legs=self._legs())

    @property
    def admits(self) -> bool:
        """Whether one more leg is taken."""
        legs = self._legs()
        return self._standing.admits(legs) and has_time(legs, self._native.taken(), self._limits)

    def close(self) -> None:
        self._timer.cancel()

    def _measure(self) -> None:
        self._timer = self._loop.call_later(MEASURE_EVERY_S, self._measure)
        (began, before), now = self._measured, self._loop.time()
        works, ports_free = self._works()
        self._measured = now, works
        measured = measurement(before, works, now - began, self._native.taken(), self._legs(), ports_free)
        refused, self._standing = self._standing.refuses, judge(self._standing, measured, self._limits)
        if self._standing.refuses is not refused:
            what = "refuses new legs" if not refused else "takes new legs again"
            _log.warning(f"the media engine {what}", busy=round(measured.busy, 2), late=measured.late)

    def _works(self) -> tuple[list[Work], int]:
        works, ports_free = self._native.pressure()
        return [Work(*work) for work in works], ports_free
