"""How the calls that run sound: told now and then, while somebody follows the events."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from voicecore.api.call_watch import CallWatch, LiveCalls
from voicecore.ids import CallId

EVERY_S = 5.0
A_ROUND = 25
"""Calls measured in one round: with more of them each has its turn less often, so that events of other kinds stay
among those that are kept."""
SETTLE_S = 0.25
"""The engine answers with its next packet."""


class QualityRounds:
    """Asks for the figures of a few calls at a time, in turn, and tells them."""

    def __init__(self, watch: CallWatch, live: LiveCalls) -> None:
        self._watch = watch
        self._live = live
        self._last = ""

    async def run(self) -> NoReturn:
        while True:
            await asyncio.sleep(EVERY_S)
            calls = self.choose() if self._watch.is_followed else []
            for call in calls:
                self._live.measure(call)
            if calls:
                await asyncio.sleep(SETTLE_S)
            for call in calls:
                self._watch.measured(call)

    def choose(self) -> list[CallId]:
        """The next ones that are answered, after those of the last round."""
        talking = sorted(one.call.id for one in self._live.glances() if one.call.answered is not None)
        later = [call for call in talking if call > self._last]
        chosen = (later + [call for call in talking if call <= self._last])[:A_ROUND]
        self._last = chosen[-1] if chosen else ""
        return chosen
