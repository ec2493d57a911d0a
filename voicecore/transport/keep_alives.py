"""Pings that keep NATs open for our trunks (RFC 5626, 4.4): one timer a flow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from voicecore.sip.hop import Hop


class KeepAlives:
    """`ping` sends one; False ends the pings of this hop."""

    def __init__(self, ping: Callable[[Hop], bool], dice: random.Random) -> None:
        self._ping = ping
        self._dice = dice
        self._loop = asyncio.get_running_loop()
        self._timers: dict[Hop, asyncio.TimerHandle] = {}

    def start(self, hop: Hop, every_s: float) -> None:
        """Again with another time replaces the first."""
        self.stop(hop)
        self._arm(hop, every_s)

    def stop(self, hop: Hop) -> None:
        timer = self._timers.pop(hop, None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        for hop in list(self._timers):
            self.stop(hop)

    def _arm(self, hop: Hop, every_s: float) -> None:
        # RFC 5626, 4.4.1: 80 to 100 per cent, or all flows of a restart would ping in step.
        self._timers[hop] = self._loop.call_later(
            every_s * self._dice.uniform(0.8, 1.0), self._due, hop, every_s
        )

    def _due(self, hop: Hop, every_s: float) -> None:
        del self._timers[hop]
        if self._ping(hop):
            self._arm(hop, every_s)
