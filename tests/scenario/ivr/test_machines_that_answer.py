"""Answering machines, fax machines and the tones of networks, as a flow that dials meets them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from voicecore.ids import LegId
from voicecore.ivr import (
    Answered,
    Busy,
    Call,
    DialOutcome,
    Machine,
    MachineDetection,
    MachineSign,
    NotReachable,
    Person,
    Rejected,
)
from voicecore.media.call_progress import ProgressTone, SpecialInformation
from voicecore.testing.caller_script import Meets, Reaction
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_machine import Greeting

TARGET = "sip:anna@example.org"
WAITS = MachineDetection(wait_for_beep=True)


class Dialler:
    """Dials somebody and says what came of it, and after how many seconds of the call."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.target: str | list[str] = TARGET
        self.outcome: DialOutcome | None = None
        self.after = 0.0

    async def __call__(self, call: Call) -> None:
        await call.answer()
        began = asyncio.get_running_loop().time()
        self.outcome = await call.dial(self.target, ring_time=20, **self.settings)
        self.after = asyncio.get_running_loop().time() - began


async def dialled(flow: Dialler, reaction: Reaction) -> list[str]:
    """The journal of the call."""
    meets = [Meets(TARGET, reaction, after=2.0)]
    async with simulated_platform({"1": flow.__call__}, meets=meets) as platform:
        await platform.dial("1")
        file = await platform.record()
    return [f"{event.kind}: {event.detail}" for event in file.events]


async def test_a_machine_is_known_by_its_long_greeting() -> None:
    flow = Dialler(detect_machine=MachineDetection())
    journal = await dialled(flow, Reaction.MACHINE)
    assert isinstance(flow.outcome, Machine)
    assert (flow.outcome.sign, flow.outcome.at_beep) == (MachineSign.GREETING, False)
    assert flow.after == pytest.approx(2 + 0.5 + 2.5, abs=0.2)
    assert f"dial outcome: machine: leg {flow.outcome.leg.id}, long greeting" in journal


async def test_its_beep_is_waited_for_where_a_message_is_to_be_left() -> None:
    flow = Dialler(detect_machine=WAITS)
    journal = await dialled(flow, Reaction.MACHINE)
    assert isinstance(flow.outcome, Machine)
    assert flow.outcome.at_beep
    assert flow.after == pytest.approx(2 + 0.5 + 4.0 + 0.8, abs=0.2)
    assert any(line.endswith(": beep") for line in journal)


async def test_who_says_nothing_is_a_person_and_nobody_is_judged_unasked() -> None:
    flow = Dialler(detect_machine=WAITS)
    await dialled(flow, Reaction.ANSWERS)
    assert isinstance(flow.outcome, Answered)
    assert flow.after == pytest.approx(2 + 3.5, abs=0.2)
    unasked = Dialler()
    await dialled(unasked, Reaction.MACHINE)
    assert isinstance(unasked.outcome, Answered)
    assert unasked.after == pytest.approx(2, abs=0.2)


async def test_the_caller_hears_ring_back_while_the_machine_greets() -> None:
    flow = Dialler(detect_machine=WAITS)
    meets = [Meets(TARGET, Reaction.MACHINE, after=2.0)]
    async with simulated_platform({"1": flow.__call__}, meets=meets) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(5)
        assert caller.heard[-1:] != []
        party = max(platform.engine.legs)
        assert platform.engine.legs[party].is_watched
        await platform.record()
    assert isinstance(flow.outcome, Machine)


async def test_a_person_is_taken_before_a_machine() -> None:
    flow = Dialler(detect_machine=WAITS)
    flow.target = ["sip:machine@x", "sip:person@x"]
    meets = [
        Meets("sip:machine@x", Reaction.MACHINE, after=1.0),
        Meets("sip:person@x", Reaction.ANSWERS, after=9.0),
    ]
    async with simulated_platform({"1": flow.__call__}, meets=meets) as platform:
        await platform.dial("1")
        await platform.record()
    assert isinstance(flow.outcome, Answered)


async def test_a_flow_that_we_began_asks_who_answered_and_leaves_a_message() -> None:
    heard: list[object] = []

    async def remind(call: Call) -> None:
        match await call.answered_by(WAITS):
            case Machine(_, _, True):
                heard.append("machine")
                await call.play("leave_message")
            case Person():
                heard.append("person")
        await call.play("goodbye")

    async with simulated_platform({"1": remind}) as platform:
        for greeting in (Greeting(), None):
            phone = platform.phone()
            phone.greeting = greeting
            await platform.call_out("1", f"sip:anna@{phone.address}")
            file = await platform.record()
            heard.append([event.detail for event in file.events if event.kind == "prompt"])
    assert heard == ["machine", ["leave_message", "goodbye"], "person", ["goodbye"]]


async def in_early_media(
    tone: ProgressTone, meaning: SpecialInformation = SpecialInformation.UNSPECIFIED, **settings: Any
) -> Dialler:
    flow = Dialler(**settings)
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = platform.phone()
        phone.rings_with, phone.answers_with = 183, 0
        flow.target = f"sip:peer@{phone.address}"
        await platform.dial("1")
        await asyncio.sleep(3)
        platform.engine.sound(early(platform), tone, meaning)
        await platform.record()
    return flow


def early(platform: SimulatedPlatform) -> LegId:
    return max(platform.engine.legs)


@pytest.mark.parametrize(
    ("tone", "meaning", "outcome"),
    [
        (ProgressTone.BUSY, SpecialInformation.UNSPECIFIED, Busy(by_tone=True)),
        (ProgressTone.CONGESTION, SpecialInformation.UNSPECIFIED, NotReachable("congestion tone")),
        (
            ProgressTone.SPECIAL_INFORMATION,
            SpecialInformation.VACANT_CODE,
            Rejected(404, "special information tone: vacant-code"),
        ),
        (
            ProgressTone.SPECIAL_INFORMATION,
            SpecialInformation.UNSPECIFIED,
            NotReachable("special-information tone"),
        ),
    ],
)
async def test_a_tone_before_the_answer_is_the_outcome(
    tone: ProgressTone, meaning: SpecialInformation, outcome: DialOutcome
) -> None:
    flow = await in_early_media(tone, meaning, early_media=False)
    assert (flow.outcome, round(flow.after)) == (outcome, 3)


async def test_who_hears_the_network_hears_its_announcement_to_the_end() -> None:
    flow = await in_early_media(ProgressTone.SPECIAL_INFORMATION)
    assert flow.after == pytest.approx(20, abs=0.5)
    assert (await in_early_media(ProgressTone.BUSY)).outcome == Busy(by_tone=True)
