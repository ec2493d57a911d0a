"""A long text begins to be heard with its first sentence, while the others are being made."""

from __future__ import annotations

import asyncio
import contextlib

from voicecore.errors import Unavailable
from voicecore.ivr import Call, InLanguage, Spoken
from voicecore.speech.pcm import Pcm
from voicecore.speech.sound_stream import Hear
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_speech import SimulatedSpeech

FIRST = "Your engineer comes on Thursday between nine and eleven."
SECOND = "Please keep the way to the meter free until then!"
THIRD = "Would you like a message half an hour before?"
TEXT = f"{FIRST} {SECOND} {THIRD}"


class SlowSpeech(SimulatedSpeech):
    """Takes `takes` seconds to make a sound of `lasts` seconds."""

    def __init__(self, takes: float, lasts: float, broken: str = "") -> None:
        super().__init__(pace=lambda _: lasts)
        self._takes, self._broken = takes, broken
        self.made: list[str] = []

    async def say(self, text: str, language: str, voice: str = "", *, hear: Hear | None = None) -> Pcm:
        await asyncio.sleep(self._takes)
        if text == self._broken:
            raise Unavailable("it fell over")
        self.made.append(text)
        return await super().say(text, language, voice)


async def says(call: Call) -> None:
    await call.answer()
    await call.say(TEXT)


def times(caller: SimulatedCaller) -> list[tuple[float, float]]:
    """When each sound was heard, in seconds from the first that began."""
    began = caller.leg.heard[0].began
    return [(round(one.began - began, 1), round(one.ended - began, 1)) for one in caller.leg.heard]


async def prompts_noted(platform: SimulatedPlatform) -> list[str]:
    return [event.detail for event in (await platform.record()).events if event.kind == "prompt"]


async def test_the_first_sentence_is_heard_while_the_next_is_made() -> None:
    loop = asyncio.get_running_loop()
    async with simulated_platform({"1": says}, speech=SlowSpeech(takes=2.0, lasts=3.0)) as platform:
        caller = await platform.dial("1")
        answered = loop.time()
        await caller.over()
        assert round(caller.leg.heard[0].began - answered, 1) == 2.0
        assert times(caller) == [(0.0, 3.0), (3.0, 6.0), (6.0, 9.0)]
        assert caller.words == TEXT
        assert await prompts_noted(platform) == ["spoken text"]


async def test_a_voice_slower_than_speech_is_waited_for_between_sentences() -> None:
    async with simulated_platform({"1": says}, speech=SlowSpeech(takes=4.0, lasts=3.0)) as platform:
        caller = await platform.dial("1")
        await caller.over()
        assert times(caller) == [(0.0, 3.0), (4.0, 7.0), (8.0, 11.0)]


async def test_a_caller_who_hangs_up_ends_the_making() -> None:
    speech = SlowSpeech(takes=2.0, lasts=30.0)
    async with simulated_platform({"1": says}, speech=speech) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(3.0)
        caller.hang_up()
        await platform.record()
        await asyncio.sleep(60.0)
    assert speech.made == [FIRST]


async def test_a_sentence_that_nobody_can_say_is_left_out_and_noted() -> None:
    for broken, heard in ((FIRST, [SECOND, THIRD]), (SECOND, [FIRST, THIRD]), (THIRD, [FIRST, SECOND])):
        speech = SlowSpeech(takes=1.0, lasts=3.0, broken=broken)
        async with simulated_platform({"1": says}, speech=speech) as platform:
            caller = await platform.dial("1")
            await caller.over()
            assert caller.heard == heard
            events = (await platform.record()).events
            assert [event.detail for event in events if event.kind == "degraded"] == [
                "not played: spoken text"
            ]
            assert [event.detail for event in events if event.kind == "prompt"] == ["spoken text"]


async def test_what_stands_around_a_long_text_is_played_in_order() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.play("welcome" + InLanguage(Spoken(TEXT), "en-GB") + "goodbye")

    async with simulated_platform({"1": flow}, speech=SlowSpeech(takes=1.0, lasts=2.0)) as platform:
        caller = await platform.dial("1")
        await caller.over()
        assert caller.heard == ["welcome", FIRST, SECOND, THIRD, "goodbye"]
        assert await prompts_noted(platform) == ["welcome, spoken text, goodbye"]


async def test_a_flow_that_says_no_more_ends_the_text() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3.0):
                await call.say(TEXT)

    speech = SlowSpeech(takes=1.0, lasts=30.0)
    async with simulated_platform({"1": flow}, speech=speech) as platform:
        caller = await platform.dial("1")
        await caller.over()
        assert times(caller) == [(0.0, 2.0)]


async def test_another_prompt_in_its_place_ends_the_text() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        async with asyncio.TaskGroup() as group:
            group.create_task(call.say(TEXT))
            await call.wait(3.0)
            await call.play("urgent")
        await call.play("goodbye")

    async with simulated_platform({"1": flow}, speech=SlowSpeech(takes=1.0, lasts=5.0)) as platform:
        caller = await platform.dial("1")
        await caller.over()
        assert caller.heard == [FIRST, "urgent", "goodbye"]
        assert times(caller) == [(0.0, 2.0), (2.0, 7.0), (7.0, 12.0)]
