"""What a caller hears of prompts that are put together: the words, in the call's language, in order."""

from __future__ import annotations

from voicecore.ivr import Call, Money, Named, Say, Spoken, Tone
from voicecore.ivr.flows import Flow
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech

MANIFEST = {
    "welcome": {"en": "Welcome.", "zh": "您好。"},
    "balance": {"en": "Your balance is {amount:money}.", "zh": "您的余额是{amount:money}。"},
    "messages": {"en": "You have {n:count:message|messages}."},
    "apology": {"en": "Sorry."},
}


async def heard(flow: Flow, language: str = "en", *, is_dead: bool = False) -> tuple[str, list[str]]:
    """The words, and the journal's prompts, of one call to the flow."""
    speech = SimulatedSpeech(manifest=MANIFEST, is_dead=is_dead)
    async with simulated_platform({"1": flow}, speech=speech, language=language) as platform:
        caller = await platform.dial("1")
        leg = caller.leg
        await caller.over()
        file = await platform.record()
        words = " ".join(filter(None, (platform.words_of(one.sound) for one in leg.heard)))
        assert words == caller.words
    return words, [event.detail for event in file.events if event.kind in ("prompt", "degraded")]


async def test_a_named_prompt_is_said_with_its_value() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.play("welcome", Named("balance", amount=Money("12.50", "CNY")))

    assert await heard(flow) == (
        "Welcome. Your balance is twelve yuan and fifty fen.",
        ["welcome, balance"],
    )
    assert (await heard(flow, "zh"))[0] == "您好。 您的余额是 十二元五角。"
    assert (await heard(flow, "zh-TW"))[0] == "您好。 您的余额是 十二元五角。"


async def test_a_prompt_that_is_not_translated_is_said_whole_in_the_default_language() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.play(Named("messages", n=2))

    assert (await heard(flow, "zh"))[0] == "You have two messages."


async def test_a_text_is_said_with_its_values_and_not_written_to_the_journal() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("The code of {who} is {code:digits}.", who="Li", code="40")

    assert await heard(flow) == ("The code of Li is four zero.", ["spoken text"])


async def test_a_text_without_values_is_said_as_it_is() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.say("braces {stay}")

    assert (await heard(flow))[0] == "braces {stay}"


async def test_prompts_compose_by_plus_and_as_tuples() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        greeting = "welcome" + Say("It is {n:ordinal}.", n=2) + Tone((440.0,), 100) + "welcome"
        await call.play(greeting, (Spoken("End"), ("welcome",)))

    words, journal = await heard(flow)
    assert words == "Welcome. It is second. Welcome. End Welcome."
    assert journal == ["welcome, spoken text, tone 440 Hz, 100 ms, welcome, spoken text, welcome"]


async def test_the_prompt_of_a_gather_may_have_values() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.gather(Named("messages", n=1), digits=1, first=1.0)

    assert (await heard(flow))[0] == "You have one message."


async def test_a_flow_changes_its_language_and_what_it_says_changes() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        call.voice = "flite"
        await call.play("welcome")
        call.language = "zh"
        assert call.voice == ""
        await call.play("welcome")
        call.language = "en"
        assert call.voice == "flite"

    assert (await heard(flow))[0] == "Welcome. 您好。"


async def test_a_value_that_does_not_fit_ends_with_the_apology() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.play(Named("balance", amount=3))

    assert (await heard(flow))[0] == "Sorry."


async def test_a_part_that_cannot_be_said_is_left_out_and_the_rest_is_played() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.play("welcome" + Tone((440.0,), 100))

    words, journal = await heard(flow, is_dead=True)
    assert words == ""
    assert journal == ["not played: welcome", "welcome, tone 440 Hz, 100 ms"]
