"""Audio before the answer: ours to a caller, and a called party's (RFC 3960)."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.ivr import Answered, Call, DialOutcome, NoAnswer
from voicecore.sip import output as sip_output
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller


async def announce(call: Call) -> None:
    await call.early_media()
    await call.play("goodbye")
    await call.hangup(486)


async def test_a_caller_hears_a_prompt_and_is_refused_without_an_answer() -> None:
    async with simulated_platform({"1": announce}) as platform:
        caller = await platform.dial("1")
        file = await platform.record()
    assert caller.status == 486
    assert 183 in caller.responses
    assert [event.detail for event in file.events if event.kind == "prompt"] == ["goodbye"]
    assert file.call.answered is None
    assert "early media" in [event.kind for event in file.events]


class Dialler:
    """Dials a phone for ten seconds."""

    def __init__(self, *, answers_first: bool) -> None:
        self.answers_first = answers_first
        self.target = ""
        self.outcome: DialOutcome | None = None

    async def __call__(self, call: Call) -> None:
        if self.answers_first:
            await call.answer()
        self.outcome = await call.dial(self.target, ring_time=10.0)
        if isinstance(self.outcome, Answered):
            await call.answer()
            await call.bridge(self.outcome.leg)


def a_phone_that_announces(platform: SimulatedPlatform, flow: Dialler, *, answers: bool) -> SimulatedCaller:
    phone = platform.phone()
    phone.rings_with, phone.answers_with = 183, 200 if answers else 0
    flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
    return phone


async def test_an_answered_caller_hears_the_party_in_place_of_ring_back() -> None:
    flow = Dialler(answers_first=True)
    async with simulated_platform({"1": flow.__call__}) as platform:
        a_phone_that_announces(platform, flow, answers=False)
        caller = await platform.dial("1")
        await asyncio.sleep(2)
        party = max(platform.engine.legs)
        assert caller.leg.sources == (party,)
        assert caller.playing == ()
        assert platform.engine.legs[party].spec is not None
        await caller.over()
    assert flow.outcome == NoAnswer()


async def test_a_waiting_caller_gets_183_and_the_partys_audio() -> None:
    flow = Dialler(answers_first=False)
    async with simulated_platform({"1": flow.__call__}) as platform:
        a_phone_that_announces(platform, flow, answers=False)
        caller = platform.phone()
        caller.start_dialling("1")
        await asyncio.sleep(2)
        first, party = sorted(platform.engine.legs)
        assert platform.engine.legs[first].sources == (party,)
        assert caller.responses == [180, 183]
        file = await platform.record()
    assert file.call.answered is None


@pytest.mark.parametrize(("rings", "heard"), [(0, []), (180, [180])])
async def test_a_waiting_caller_hears_ringing_once_a_phone_rings(rings: int, heard: list[int]) -> None:
    flow = Dialler(answers_first=False)
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = a_phone_that_announces(platform, flow, answers=False)
        phone.rings_with = rings
        caller = platform.phone()
        caller.start_dialling("1")
        await asyncio.sleep(2)
        assert caller.responses == heard
        await platform.record()


async def test_early_media_is_followed_by_the_answer_of_the_same_party() -> None:
    flow = Dialler(answers_first=True)
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = a_phone_that_announces(platform, flow, answers=True)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert caller.leg.sources
        phone.hang_up()
        await caller.over()
    assert isinstance(flow.outcome, Answered)


async def test_keys_by_info_are_keys() -> None:
    taken: list[object] = []

    async def gather(call: Call) -> None:
        await call.answer()
        taken.append(await call.gather("main_menu", digits=2))

    async with simulated_platform({"1": gather}) as platform:
        caller = await platform.dial("1")
        caller.press_by_info(b"Signal=4\r\nDuration=100\r\n")
        caller.press_by_info(b"2", "application/dtmf")
        caller.press_by_info(b"nonsense")
        await caller.over()
        file = await platform.record()
    assert [getattr(one, "text", None) for one in taken] == ["42"]
    assert [event.detail for event in file.events if event.kind == "digit"] == ["leg 1: 4", "leg 1: 2"]
    assert sorted(response for response in caller.responses if response != 180) == [200, 200, 400]


async def test_the_platform_holds_a_party_and_takes_it_back() -> None:
    results: list[bool] = []

    async def hold(call: Call) -> None:
        await call.answer()
        await call.wait(1)
        leg = call._line.leg
        results.append(await leg.changes.hold())
        assert leg.changes.is_holding
        results.append(await leg.changes.resume())

    async with simulated_platform({"1": hold}) as platform:
        caller = await platform.dial("1")
        await caller.over()
    assert results == [True, True]
    assert [b"a=sendonly" in offer for offer in caller.reoffers] == [True, False]


async def test_a_party_that_refuses_to_be_held_stays_as_it_was() -> None:
    results: list[bool] = []

    async def hold(call: Call) -> None:
        await call.answer()
        await call.wait(1)
        leg = call._line.leg
        results.append(await leg.changes.hold())
        assert not leg.changes.is_holding
        await call.play("goodbye")

    async with simulated_platform({"1": hold}) as platform:
        caller = platform.phone()
        caller.accepts_reoffers = False
        await caller.dial("1")
        await caller.over()
    assert results == [False]
    assert caller.heard == ["goodbye"]


async def test_what_nobody_granted_is_refused() -> None:
    async def wait(call: Call) -> None:
        await call.answer()
        await call.wait()

    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        assert caller._dialog is not None
        caller._sip.request_within(caller._dialog, "MESSAGE", body=b"hello")
        await asyncio.sleep(1)
        assert caller.responses[-1] == 403
        assert isinstance(caller._dialog, sip_output.DialogId)
        caller.hang_up()
