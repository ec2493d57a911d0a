"""Two who talk are told something: one of them or both, over each other or in place of each other."""

from __future__ import annotations

import asyncio

from tests.scenario.calls.test_a_second_party import Dialler
from voicecore.calls.bridge import Bridge
from voicecore.media.events import PlayoutEnd
from voicecore.media.sounds import Sound
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform

SECOND = bytes(16_000)


async def talking(platform: SimulatedPlatform, flow: Dialler) -> Bridge:
    phone = platform.phone()
    flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
    await platform.dial("1")
    await asyncio.sleep(5)
    (call,) = platform.switchboard.calls
    bridge = call.legs[0].bridge
    assert bridge is not None
    return bridge


async def test_both_or_one_hear_it_over_the_other() -> None:
    async with simulated_platform({"1": (flow := Dialler()).__call__}) as platform:
        bridge = await talking(platform, flow)
        sound = Sound(platform.engine.load_sound(SECOND), 1000)
        first, second = platform.engine.legs.values()
        both = bridge.announce([sound])
        assert len(both) == 2
        assert first.playing == second.playing == (sound.id,)
        assert [(await playout.finished()).end for playout in both] == [PlayoutEnd.PLAYED] * 2
        (one,) = bridge.announce([sound], to=bridge.legs[1], over=False)
        assert [leg.players[False] is not None for leg in (first, second)] == [False, True]
        assert not any(leg.players[True] for leg in (first, second))
        await one.finished()
