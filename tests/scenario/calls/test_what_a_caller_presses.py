"""gather and menu, as a caller meets them."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.errors import UsageError
from voicecore.ivr import Call, Choice, Digits, GatherEnd, NoChoice, NoChoiceReason, NoInput
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_speech import SimulatedSpeech

LENGTHS = {"menu": 10.0, "invalid_choice": 2.0, "no_input": 2.0}


class Outcome:
    """What the flow got, and when (seconds after the answer)."""

    def __init__(self) -> None:
        self.value: object = None
        self.at = 0.0


async def gathering(outcome: Outcome, call: Call, **settings: object) -> None:
    await call.answer()
    began = asyncio.get_running_loop().time()
    outcome.value = await call.gather("menu", **settings)  # type: ignore[arg-type]
    outcome.at = asyncio.get_running_loop().time() - began


async def press_at(caller: SimulatedCaller, *keys: tuple[float, str]) -> None:
    began = asyncio.get_running_loop().time()
    for at, key in keys:
        await asyncio.sleep(began + at - asyncio.get_running_loop().time())
        caller.press(key)


async def gather_with(*keys: tuple[float, str], **settings: object) -> tuple[Outcome, list[float]]:
    outcome = Outcome()

    async def flow(call: Call) -> None:
        await gathering(outcome, call, **settings)

    async with simulated_platform({"1": flow}, speech=SimulatedSpeech(LENGTHS)) as platform:
        caller = await platform.dial("1")
        await press_at(caller, *keys)
        await caller.over()
        return outcome, [heard.ended - heard.began for heard in caller.leg.heard]


async def test_the_first_key_stops_the_prompt() -> None:
    outcome, heard = await gather_with((1.0, "4"), (1.5, "2"), (2.0, "7"), digits=3)
    assert outcome.value == Digits("427")
    assert outcome.at == pytest.approx(2.0, abs=0.05)
    assert heard == [pytest.approx(1.0, abs=0.05)]


async def test_without_barge_in_the_prompt_is_heard_whole_and_the_keys_count() -> None:
    outcome, heard = await gather_with((1.0, "4"), digits=1, barge_in=False)
    assert outcome.value == Digits("4")
    assert heard == [pytest.approx(10.0, abs=0.05)]


async def test_silence_is_a_result() -> None:
    outcome, _ = await gather_with(digits=3, first=4.0)
    assert outcome.value == NoInput()
    assert outcome.at == pytest.approx(14.0, abs=0.05)


async def test_the_terminator_ends_the_input_and_is_not_part_of_it() -> None:
    outcome, _ = await gather_with((1.0, "1"), (1.2, "2"), (1.4, "#"), digits=10)
    assert outcome.value == Digits("12", GatherEnd.TERMINATOR)


async def test_a_pause_between_keys_ends_the_input() -> None:
    outcome, _ = await gather_with((11.0, "4"), digits=3, between=2.0)
    assert outcome.value == Digits("4", GatherEnd.TIMEOUT)
    assert outcome.at == pytest.approx(13.0, abs=0.05)


async def test_keys_typed_ahead_skip_the_prompt() -> None:
    outcome = Outcome()

    async def flow(call: Call) -> None:
        await call.answer()
        await call.play("welcome")
        await gathering(outcome, call, digits=2)

    async with simulated_platform({"1": flow}, speech=SimulatedSpeech(LENGTHS)) as platform:
        caller = await platform.dial("1")
        caller.press("42")
        await caller.over()
        assert caller.heard == [] or "menu" not in caller.heard
    assert outcome.value == Digits("42")


async def menu_with(
    *keys: tuple[float, str], options: dict[str, str], tries: int = 3
) -> tuple[object, list[str]]:
    outcome = Outcome()
    heard: list[str] = []

    async def flow(call: Call) -> None:
        await call.answer()
        outcome.value = await call.menu("menu", options=options, tries=tries, first=3.0)

    async with simulated_platform({"1": flow}, speech=SimulatedSpeech(LENGTHS)) as platform:
        caller = await platform.dial("1")
        leg = caller.leg
        await press_at(caller, *keys)
        await caller.over()
        heard = [platform.name_of(one.sound) for one in leg.heard]
    return outcome.value, heard


async def test_a_key_chooses_its_option() -> None:
    value, heard = await menu_with((1.0, "2"), options={"1": "sales", "2": "billing"})
    assert value == Choice("billing", "2")
    assert heard == ["menu"]


async def test_a_wrong_key_is_told_and_the_menu_played_again() -> None:
    value, heard = await menu_with((1.0, "9"), (5.0, "1"), options={"1": "sales"})
    assert value == Choice("sales", "1")
    assert heard == ["menu", "invalid_choice", "menu"]


async def test_silence_is_told_and_tried_again_until_the_tries_are_used_up() -> None:
    value, heard = await menu_with(options={"1": "sales"}, tries=2)
    assert value == NoChoice(NoChoiceReason.SILENT)
    assert heard == ["menu", "no_input", "menu"]


async def test_options_of_several_digits_wait_for_the_next_key() -> None:
    options = {"1": "one", "12": "twelve"}
    assert (await menu_with((1.0, "1"), (1.5, "2"), options=options))[0] == Choice("twelve", "12")
    assert (await menu_with((1.0, "1"), options=options))[0] == Choice("one", "1")


async def test_a_menu_that_no_phone_can_answer_is_a_bug_of_the_flow() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        with pytest.raises(UsageError, match="keys of a phone"):
            await call.menu("menu", options={"sales": 1})
        with pytest.raises(UsageError, match="at least one try"):
            await call.menu("menu", options={"1": 1}, tries=0)

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        await caller.over()
        assert (await platform.record()).call.traceback is None
