"""A supervisor at two who talk: hears both, and is heard as the mode says; announcements to one side or both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.scenario.exchange.office import phone_of, site
from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.ivr import Answered, Audience, BridgeEnd, Call, Supervision, SupervisionMode, Talk, WholeNumber
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

CALLER, AGENT, BOSS = LegId(1), LegId(2), LegId(3)


class Coached:
    """Connects the caller with bob, and alice listens."""

    def __init__(self, then: Callable[[Call, Talk, Supervision], Awaitable[None]]) -> None:
        self.then = then
        self.end: BridgeEnd | None = None

    async def __call__(self, call: Call) -> None:
        await call.answer()
        bob, alice = await call.dial("phone:bob"), await call.dial("phone:alice")
        assert isinstance(bob, Answered)
        assert isinstance(alice, Answered)
        async with call.bridging(bob.leg) as talk:
            await asyncio.sleep(1)
            ear = talk.monitor(alice.leg)
            await self.then(call, talk, ear)
            self.end = await talk.ended()
        await call.play("goodbye")


async def call_from(platform: SimulatedPlatform, user: str, number: str) -> SimulatedCaller:
    phone = await phone_of(platform, user)
    assert await phone.dial(number) == 200
    return phone


def heard(platform: SimulatedPlatform) -> dict[LegId, set[LegId]]:
    return {leg: set(platform.engine.heard_by(leg)) for leg in platform.engine.legs}


async def test_the_modes_are_settings_of_one_graph() -> None:
    seen: list[dict[LegId, set[LegId]]] = []

    async def change(call: Call, talk: Talk, ear: Supervision) -> None:
        assert ear.mode is SupervisionMode.MONITOR
        seen.append(heard(platform))
        ear.whisper()
        seen.append(heard(platform))
        ear.whisper(to=call._line.leg)
        seen.append(heard(platform))
        ear.barge()
        seen.append(heard(platform))
        ear.monitor()
        seen.append(heard(platform))
        ear.stop()
        seen.append(heard(platform))

    flow = Coached(change)
    async with simulated_platform({"1": flow.__call__}, site=site()) as platform:
        bob, _ = await phone_of(platform, "bob"), await phone_of(platform, "alice")
        caller = await call_from(platform, "carol", "1")
        await asyncio.sleep(5)
        bob.hang_up()
        await caller.hears("goodbye")
        await caller.over()
        file = await platform.record()
    listens = {CALLER: {AGENT}, AGENT: {CALLER}, BOSS: {CALLER, AGENT}}
    assert seen == [
        listens,
        {**listens, AGENT: {CALLER, BOSS}},
        {**listens, CALLER: {AGENT, BOSS}},
        {CALLER: {AGENT, BOSS}, AGENT: {CALLER, BOSS}, BOSS: {CALLER, AGENT}},
        listens,
        {CALLER: {AGENT}, AGENT: {CALLER}, BOSS: set()},
    ]
    assert flow.end is BridgeEnd.PARTY_HUNG_UP
    assert ("supervised", "leg 2 by leg 3") in [(event.kind, event.detail) for event in file.events]


async def test_the_supervisor_is_heard_no_more_when_the_bridge_is_over() -> None:
    async def barge(call: Call, talk: Talk, ear: Supervision) -> None:
        ear.barge()
        with pytest.raises(UsageError):
            talk.monitor(ear.leg)

    flow = Coached(barge)
    async with simulated_platform({"1": flow.__call__}, site=site()) as platform:
        bob, alice = await phone_of(platform, "bob"), await phone_of(platform, "alice")
        caller = await call_from(platform, "carol", "1")
        await asyncio.sleep(5)
        bob.hang_up()
        await asyncio.sleep(0.2)
        assert heard(platform) == {CALLER: set(), BOSS: set()}
        await caller.over()
        await alice.over(within=1)


async def test_an_announcement_reaches_whom_it_is_for() -> None:
    told: list[list[bool]] = []

    async def announce(call: Call, talk: Talk, ear: Supervision) -> None:
        for to in Audience:
            async with asyncio.TaskGroup() as group:
                group.create_task(talk.announce("hold_on", to=to))
                await asyncio.sleep(0.5)
                told.append([platform.engine.legs[leg].players[True] is not None for leg in (CALLER, AGENT)])

    flow = Coached(announce)
    async with simulated_platform({"1": flow.__call__}, site=site()) as platform:
        bob, _ = await phone_of(platform, "bob"), await phone_of(platform, "alice")
        caller = await call_from(platform, "carol", "1")
        await asyncio.sleep(8)
        bob.hang_up()
        await caller.over()
    assert told == [[True, False], [False, True], [True, True]]


async def test_a_supervisor_calls_in_and_hears_the_phone_of_an_account() -> None:
    async def connect(call: Call) -> None:
        await call.answer()
        match await call.dial("phone:bob"):
            case Answered(party):
                await call.bridge(party)

    ended: list[bool] = []

    async def supervise(call: Call) -> None:
        await call.answer()
        async with call.supervising("dave") as nobody:
            assert nobody is None
        async with call.supervising("bob") as ear:
            assert ear is not None
            ear.whisper()
            await ear.ended()
            ended.append(True)
        await call.play("goodbye")

    async with simulated_platform({"1": connect, "2": supervise}, site=site()) as platform:
        bob = await phone_of(platform, "bob")
        await call_from(platform, "carol", "1")
        await asyncio.sleep(1)
        boss = await call_from(platform, "alice", "2")
        await asyncio.sleep(1)
        assert heard(platform) == {CALLER: {AGENT}, AGENT: {CALLER, BOSS}, BOSS: {CALLER, AGENT}}
        bob.hang_up()
        await boss.hears("goodbye")
        await boss.over()
    assert ended == [True]


async def test_a_supervisor_who_hangs_up_leaves_the_two_as_they_were() -> None:
    async def connect(call: Call) -> None:
        await call.answer()
        match await call.dial("phone:bob"):
            case Answered(party):
                await call.bridge(party)

    async def supervise(call: Call) -> None:
        await call.answer()
        async with call.supervising("bob") as ear:
            assert ear is not None
            ear.barge()
            await ear.ended()

    async with simulated_platform({"1": connect, "2": supervise}, site=site()) as platform:
        await phone_of(platform, "bob")
        await call_from(platform, "carol", "1")
        await asyncio.sleep(1)
        boss = await call_from(platform, "alice", "2")
        await asyncio.sleep(1)
        boss.hang_up()
        await asyncio.sleep(1)
        assert heard(platform) == {CALLER: {AGENT}, AGENT: {CALLER}}


async def test_keys_of_a_secret_reach_neither_the_agent_nor_a_supervisor() -> None:
    asked: list[object] = []

    async def pay(call: Call, talk: Talk, ear: Supervision) -> None:
        async with call.secret():
            asked.append(await call.ask("card_number", kind=WholeNumber(0, 9999), terminator="#"))
        await asyncio.sleep(1)

    flow = Coached(pay)
    async with simulated_platform({"1": flow.__call__}, site=site()) as platform:
        bob, _ = await phone_of(platform, "bob"), await phone_of(platform, "alice")
        caller = await call_from(platform, "carol", "1")
        await asyncio.sleep(1.5)
        agent = platform.engine.legs[AGENT]
        caller.press("4")
        caller.press_by_info(b"Signal=1\r\n")
        await asyncio.sleep(0.1)
        assert heard(platform) == {CALLER: {AGENT}, AGENT: set(), BOSS: {AGENT}}
        caller.press("1#")
        await asyncio.sleep(2)
        assert (agent.sent_digits, len(asked)) == ("", 1)
        assert heard(platform) == {CALLER: {AGENT}, AGENT: {CALLER}, BOSS: {CALLER, AGENT}}
        caller.press("7")
        caller.press_by_info(b"Signal=8\r\n")
        await asyncio.sleep(0.5)
        assert agent.sent_digits == "78"
        bob.hang_up()
        await caller.over()
