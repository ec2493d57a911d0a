"""dial with several targets, and with a flow for who answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.ivr import Answered, Busy, Call, Choice, Declined, DialOutcome, NoAnswer, first_of
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller


def uri(phone: SimulatedCaller) -> str:
    return f"sip:peer@{phone.address.host}:{phone.address.port}"


def leg_to(platform: SimulatedPlatform, phone: SimulatedCaller) -> LegId:
    (call,) = platform.switchboard.calls
    return next(leg.id for leg in call.legs if leg.identity.remote_uri == uri(phone))


class Dialler:
    """A flow that calls `targets` and says what came of it."""

    def __init__(self, **settings: Any) -> None:
        self.targets: list[str] = []
        self.settings = settings
        self.outcome: DialOutcome | None = None

    async def __call__(self, call: Call) -> None:
        await call.answer()
        self.outcome = await call.dial(self.targets, ring_time=10, **self.settings)
        if isinstance(self.outcome, Answered):
            await call.bridge(self.outcome.leg)

    def phones(self, platform: SimulatedPlatform, *answers: int) -> list[SimulatedCaller]:
        phones = [platform.phone() for _ in answers]
        for phone, answer in zip(phones, answers, strict=True):
            phone.answers_with = answer
        self.targets = [uri(phone) for phone in phones]
        return phones


async def asks(call: Call) -> bool:
    """Press 1 to accept."""
    return isinstance(await call.menu("screening", options={"1": True}, tries=1), Choice)


async def test_all_ring_at_once_and_the_first_who_answers_is_taken() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        silent, other, peer = flow.phones(platform, 0, 0, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert isinstance(flow.outcome, Answered)
        assert (silent.status, other.status, peer.status) == (487, 487, 200)
        assert len(caller.leg.sources) == 1
        caller.hang_up()
        await peer.over(within=1)


async def test_phones_that_rang_in_vain_are_told_that_the_call_was_answered_elsewhere() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        flow.phones(platform, 0, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        caller.hang_up()
        file = await platform.record()
    cancels = [one.text for one in file.ladder if one.text.startswith(b"CANCEL")]
    assert len(cancels) == 1
    assert b"cause=200" in cancels[0]


async def test_one_by_one_the_second_rings_when_the_first_does_not_come() -> None:
    flow = Dialler(one_by_one=True)
    async with simulated_platform({"1": flow.__call__}) as platform:
        _, peer = flow.phones(platform, 0, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(9)
        assert peer.status is None
        await asyncio.sleep(2)
        assert isinstance(flow.outcome, Answered)
        caller.hang_up()


@pytest.mark.parametrize("one_by_one", [False, True])
async def test_when_nobody_comes_the_outcome_tells_the_most(one_by_one: bool) -> None:
    flow = Dialler(one_by_one=one_by_one)
    async with simulated_platform({"1": flow.__call__}) as platform:
        flow.phones(platform, 0, 486, 0)
        caller = await platform.dial("1")
        await caller.over()
    assert flow.outcome == Busy()


async def test_who_answers_is_asked_before_the_caller_hears_him() -> None:
    flow = Dialler(screen=asks)
    async with simulated_platform({"1": flow.__call__}) as platform:
        (peer,) = flow.phones(platform, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(0.5)
        party = platform.engine.legs[leg_to(platform, peer)].playing
        assert [platform.name_of(sound) for sound in party] == ["screening"]
        assert caller.leg.sources == ()
        assert caller.leg.playing, "the caller hears ring-back"
        platform.engine.press(leg_to(platform, peer), "1")
        await asyncio.sleep(0.5)
        assert isinstance(flow.outcome, Answered)
        assert caller.leg.sources != ()
        assert not caller.playing
        caller.hang_up()


async def test_who_does_not_accept_has_declined() -> None:
    flow = Dialler(screen=asks)
    async with simulated_platform({"1": flow.__call__}) as platform:
        (peer,) = flow.phones(platform, 200)
        caller = await platform.dial("1")
        await caller.over()
        await peer.over(within=1)
    assert flow.outcome == Declined()


async def test_who_hangs_up_while_he_is_asked_has_declined() -> None:
    flow = Dialler(screen=asks)
    async with simulated_platform({"1": flow.__call__}) as platform:
        (peer,) = flow.phones(platform, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(0.5)
        peer.hang_up()
        await caller.over(within=1)
    assert flow.outcome == Declined()


async def test_of_two_who_are_asked_the_first_to_accept_is_taken() -> None:
    flow = Dialler(screen=asks)
    async with simulated_platform({"1": flow.__call__}) as platform:
        slow, quick = flow.phones(platform, 200, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(0.5)
        platform.engine.press(leg_to(platform, quick), "1")
        await slow.over(within=1)
        await asyncio.sleep(0.1)
        assert isinstance(flow.outcome, Answered)
        assert flow.outcome.leg.id == leg_to(platform, quick)
        caller.hang_up()
        await quick.over(within=1)


async def test_a_caller_who_hangs_up_meanwhile_ends_every_call() -> None:
    flow = Dialler(screen=asks)
    async with simulated_platform({"1": flow.__call__}) as platform:
        ringing, asked = flow.phones(platform, 0, 200)
        caller = await platform.dial("1")
        await asyncio.sleep(0.5)
        caller.hang_up()
        await ringing.over(within=1)
        await asked.over(within=1)
        file = await platform.record()
        assert platform.engine.legs == {}
    assert file.call.end is CallEnd.CALLER_HUNG_UP
    assert flow.outcome is None


async def test_a_screening_that_fails_fails_the_flow_with_its_own_error() -> None:
    async def broken(call: Call) -> bool:
        raise ValueError("no screening today")

    flow = Dialler(screen=broken)
    async with simulated_platform({"1": flow.__call__}) as platform:
        (peer,) = flow.phones(platform, 200)
        caller = await platform.dial("1")
        await caller.over()
        await peer.over(within=1)
        file = await platform.record()
    assert file.call.traceback is not None
    assert "ValueError: no screening today" in file.call.traceback.splitlines()[-1]


async def test_a_dial_that_loses_a_race_leaves_no_leg() -> None:
    outcomes: list[object] = []

    async def flow(call: Call) -> None:
        await call.answer()
        outcomes.append(await first_of(call.dial(targets), call.key("*")))
        await call.wait(1)

    async with simulated_platform({"1": flow}) as platform:
        phone = platform.phone()
        phone.answers_with = 0
        targets = [uri(phone)]
        caller = await platform.dial("1")
        await asyncio.sleep(2)
        caller.press("*")
        await phone.over(within=1)
        await caller.over()
    assert not isinstance(outcomes[0], Answered | NoAnswer)


async def test_dial_needs_somebody_to_call() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        caller = await platform.dial("1")
        await caller.over()
        traceback = (await platform.record()).call.traceback
    assert traceback is not None
    assert UsageError.__name__ in traceback
