"""What the engine measures while a call runs."""

from __future__ import annotations

import asyncio

from tests.scenario.exchange.office import answering
from voicecore.media.events import LegStatistics
from voicecore.testing.simulated_call import simulated_platform


async def test_a_running_call_is_measured_when_it_is_asked() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        phone = platform.phone()
        assert await phone.dial("1000") == 200
        (call,) = platform.switchboard.calls
        assert call.snapshot().legs[0].quality is None
        phone.leg.statistics = LegStatistics(packets_received=100, packets_lost=2, mos=4.1)
        for leg in call.legs:
            leg.media.measure()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        quality = call.snapshot().legs[0].quality
        assert quality is not None
        assert (quality.packets_received, quality.packets_lost, quality.mos) == (100, 2, 4.1)
        phone.hang_up()
        await call.legs[0].media.closed()
        call.legs[0].media.measure()  # nothing is asked of a leg that is closed
