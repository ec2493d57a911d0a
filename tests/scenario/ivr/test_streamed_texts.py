"""A text that a synthesiser streams is heard from its first part on, while the rest is being made."""

from __future__ import annotations

import asyncio

import numpy as np

from voicecore.errors import Unavailable
from voicecore.ivr import Call
from voicecore.speech.pcm import WIDE_RATE, Pcm
from voicecore.speech.sound_stream import Hear
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_speech import SimulatedSpeech

TEXT = "Your engineer comes on Thursday between nine and eleven."
LASTS_S, PARTS = 6.0, 6


class StreamingSpeech(SimulatedSpeech):
    """Makes a second of sound in `takes` seconds; breaks off after `breaks_after` parts."""

    def __init__(self, takes: float, breaks_after: int = PARTS + 1) -> None:
        super().__init__(pace=lambda _: LASTS_S)
        self._takes, self._breaks_after = takes, breaks_after
        self.made: list[str] = []

    def streams(self, language: str, voice: str = "") -> bool:
        return True

    async def say(self, text: str, language: str, voice: str = "", *, hear: Hear | None = None) -> Pcm:
        pcm = await super().say(text, language, voice)
        samples = np.frombuffer(pcm.at(WIDE_RATE).samples, np.int16)
        for number, part in enumerate(np.array_split(samples, PARTS)):
            await asyncio.sleep(self._takes)
            if number == self._breaks_after:
                raise Unavailable("it fell over")
            if hear is not None:
                hear(part)
        self.made.append(text)
        return pcm


async def says(call: Call) -> None:
    await call.answer()
    await call.say(TEXT)


def times(caller: SimulatedCaller, since: float) -> list[tuple[float, float]]:
    return [(round(one.began - since, 1), round(one.ended - since, 1)) for one in caller.leg.heard]


async def details(platform: SimulatedPlatform, kind: str) -> list[str]:
    return [event.detail for event in (await platform.record()).events if event.kind == kind]


async def test_the_first_part_is_heard_while_the_rest_is_made() -> None:
    loop, speech = asyncio.get_running_loop(), StreamingSpeech(takes=0.5)
    async with simulated_platform({"1": says}, speech=speech) as platform:
        caller = await platform.dial("1")
        answered = loop.time()
        await caller.over()
        assert times(caller, answered) == [(0.5, 0.5 + LASTS_S)]
        assert await details(platform, "prompt") == ["spoken text"]
        assert speech.made == [TEXT]


async def test_what_was_said_once_is_played_from_memory() -> None:
    speech = StreamingSpeech(takes=0.5)
    async with simulated_platform({"1": says}, speech=speech) as platform:
        for _ in range(2):
            caller = await platform.dial("1")
            await caller.over()
        assert speech.made == [TEXT]
        assert caller.words == TEXT


async def test_a_text_that_breaks_off_is_heard_as_far_as_it_came_and_noted() -> None:
    async with simulated_platform({"1": says}, speech=StreamingSpeech(takes=0.5, breaks_after=2)) as platform:
        caller = await platform.dial("1")
        await caller.over()
        (heard,) = caller.leg.heard
        assert round(heard.ended - heard.began, 1) == 2.0
        assert await details(platform, "degraded") == ["not played to its end: spoken text"]


async def test_a_text_of_which_nothing_comes_is_noted_once_and_the_call_goes_on() -> None:
    async def flow(call: Call) -> None:
        await says(call)
        await call.play("goodbye")

    async with simulated_platform({"1": flow}, speech=StreamingSpeech(takes=0.5, breaks_after=0)) as platform:
        caller = await platform.dial("1")
        await caller.over()
        assert caller.heard == ["goodbye"]
        assert len(await details(platform, "degraded")) == 1


async def test_a_caller_who_hangs_up_ends_the_making() -> None:
    speech = StreamingSpeech(takes=1.0)
    async with simulated_platform({"1": says}, speech=speech) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(2.5)
        caller.hang_up()
        await platform.record()
        await asyncio.sleep(60.0)
    assert speech.made == []
