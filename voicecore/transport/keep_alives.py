"""Pings that keep NATs open for our trunks (RFC 5626, 4.4): one timer a flow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from voicecore.sip.hop import Address, Hop, Transport

Flow = tuple[Transport, Address, str]
"""What a connection is known by, without our own end."""


def _flow(hop: Hop) -> Flow:
    return hop.transport, hop.remote, hop.server_name


class KeepAlives:
    """`ping` sends one; False ends the pings of this hop."""

    def __init__(self, ping: Callable[[Hop], bool], dice: random.Random) -> None:
        self._ping = ping
        self._dice = dice
        self._loop = asyncio.get_running_loop()
        self._timers: dict[Flow, asyncio.TimerHandle] = {}

    def start(self, hop: Hop, every_s: float) -> None:
        """Again with another time replaces the first."""
        self.stop(hop)
        self._arm(hop, every_s)

    def stop(self, hop: Hop) -> None:
        timer = self._timers.pop(_flow(hop), None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _arm(self, hop: Hop, every_s: float) -> None:
        # RFC 5626, 4.4.1: 80 to 100 per cent, or all flows of a restart would ping in step.
        self._timers[_flow(hop)] = self._loop.call_later(
            every_s * self._dice.uniform(0.8, 1.0), self._due, hop, every_s
        )

    def _due(self, hop: Hop, every_s: float) -> None:
        del self._timers[_flow(hop)]
        if self._ping(hop):
            self._arm(hop, every_s)
