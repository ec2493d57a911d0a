"""Callers meet in rooms by name, leave by a key or by hanging up, and nothing of a room is left."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.ivr import Call, Key, Speaker
from voicecore.media.events import Speaking
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform


async def attend(call: Call) -> None:
    await call.answer()
    await call.conference("plenary", keys="#")
    await call.play("goodbye")


async def listen(call: Call) -> None:
    await call.answer()
    await call.conference("plenary", muted=True, beep=False)


async def soften(call: Call) -> None:
    await call.answer()
    await call.conference("plenary", gain_db=-6.0)


def heard_by(platform: SimulatedPlatform) -> list[dict[int, float]]:
    """Whom each leg hears, legs counted from 0 in the order of calling."""
    legs = list(platform.engine.legs)
    return [
        {legs.index(other): gain for other, gain in platform.engine.heard_by(leg).items()} for leg in legs
    ]


async def test_all_hear_each_other_as_their_seats_say() -> None:
    flows = {"1": attend, "2": listen, "3": soften}
    async with simulated_platform(flows) as platform:
        for number in ("1", "1", "2", "3"):
            await platform.dial(number)
        await asyncio.sleep(1)
        assert heard_by(platform) == [
            {1: 0.0, 3: -6.0},
            {0: 0.0, 3: -6.0},
            {0: 0.0, 1: 0.0, 3: -6.0},
            {0: 0.0, 1: 0.0},
        ]
        (room,) = platform.engine.conferences.values()
        assert len(room.announced) == 3, "all but the listener were told with a beep"


async def test_who_presses_the_key_or_hangs_up_is_out_and_an_empty_room_is_closed() -> None:
    async with simulated_platform({"1": attend}) as platform:
        first, second, third = [await platform.dial("1") for _ in range(3)]
        await asyncio.sleep(1)
        first.press("#")
        await first.hears("goodbye")
        assert heard_by(platform)[1:] == [{2: 0.0}, {1: 0.0}]
        second.hang_up()
        await asyncio.sleep(1)
        assert heard_by(platform)[-1] == {}
        assert platform.engine.conferences
        third.hang_up()
        await asyncio.sleep(1)
        assert not platform.engine.conferences
        again = await platform.dial("1")
        await asyncio.sleep(1)
        assert len(platform.engine.conferences) == 1
        again.hang_up()


async def test_the_key_is_what_the_flow_gets_and_the_journal_tells_of_the_stay() -> None:
    left: list[Key] = []

    async def flow(call: Call) -> None:
        await call.answer()
        with pytest.raises(UsageError):
            await call.conference("plenary", keys="x")
        left.append(await call.conference("plenary", keys="*#"))

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        caller.press("5")
        caller.press("*")
        await caller.over()
        file = await platform.record()
    assert left == [Key("*")]
    steps = [(event.kind, event.detail) for event in file.events if "conference" in event.kind]
    assert steps == [("joined conference", "plenary"), ("left conference", "plenary")]


async def test_a_flow_is_told_who_speaks_until_the_room_is_closed() -> None:
    heard: list[tuple[bool, float]] = []
    over: list[bool] = []

    async def watch(call: Call) -> None:
        async for speakers in call.speakers("plenary"):
            heard.extend((one.leg == call.leg, one.level_db) for one in speakers)
        over.append(True)

    async def flow(call: Call) -> None:
        await call.answer()
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(call))
            await call.conference("plenary", keys="#", beep=False)
        await call.play("goodbye")

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        ((name, room),) = platform.engine.conferences.items()
        (leg,) = platform.engine.legs
        for speakers in ((Speaker(leg, -20.0),), (Speaker(LegId(99), -9.0), Speaker(leg, -30.0)), ()):
            room.listener(Speaking(name, asyncio.get_running_loop().time(), speakers))
            await asyncio.sleep(0.2)
        caller.press("#")
        await caller.hears("goodbye")
    assert heard == [(True, -20.0), (False, -9.0), (True, -30.0)]
    assert over == [True]
