"""One level for all: by the site's settings, and by a flow."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from voicecore.ivr import Call
from voicecore.testing.simulated_call import simulated_platform


async def as_it_is(call: Call) -> None:
    await call.answer()
    await call.wait(5)


async def raised(call: Call) -> None:
    await call.answer()
    call.automatic_gain()
    await call.wait(2)
    call.automatic_gain(False)
    await call.wait(3)


async def test_a_flow_turns_it_on_and_off() -> None:
    async with simulated_platform({"1": raised}) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert caller.leg.has_automatic_gain
        await asyncio.sleep(2)
        assert not caller.leg.has_automatic_gain


@pytest.mark.parametrize("wanted", [False, True])
async def test_every_leg_has_it_where_the_site_wants_it(wanted: bool) -> None:
    async with simulated_platform({"1": as_it_is}) as platform:
        platform.switchboard.connect(replace(platform.switchboard.services, automatic_gain=wanted))
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert caller.leg.has_automatic_gain is wanted
