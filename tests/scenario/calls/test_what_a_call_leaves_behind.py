"""A call that is over is freed at once: nothing of it waits for the garbage collector."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.leg import Leg
from voicecore.ivr import Call
from voicecore.testing.simulated_call import simulated_platform


async def answer(call: Call) -> None:
    await call.answer()
    await call.play("welcome")


@pytest.mark.skipif(not hasattr(Leg, "__weakref__"), reason="compiled legs take no weak references")
async def test_call_and_leg_are_freed_when_the_call_is_over() -> None:
    async with simulated_platform({"1000": answer}) as platform:
        gc.collect()
        gc.disable()
        try:
            caller = await platform.dial("1000")
            kept = _watched(platform.switchboard.calls)
            assert len(kept) == 2
            await caller.over()
            await platform.switchboard.idle()
            await asyncio.sleep(1)  # for the loop's last look at the task
            assert [one() for one in kept] == [None, None]
        finally:
            gc.enable()


def _watched(calls: tuple[ActiveCall, ...]) -> list[weakref.ref[ActiveCall | Leg]]:
    """Of one call; the names of this function hold nothing afterwards."""
    (call,) = calls
    held: list[ActiveCall | Leg] = [call, *call.legs]
    return [weakref.ref(one) for one in held]
