"""The flow's journal tells each verb, what it was asked for and what came of it."""

from __future__ import annotations

from tests.scenario.ivr.conversation import HANG_UP, Conversation, converse
from voicecore.ivr import Call, DigitString, Say, first_of
from voicecore.store.flow_journal import Fact, Step, journal_to_json
from voicecore.testing.simulated_call import simulated_platform


def steps_of(conversation: Conversation) -> tuple[Step, ...]:
    assert conversation.file.flow_journal is not None
    return conversation.file.flow_journal.steps


def verbs_of(conversation: Conversation) -> list[tuple[str, str]]:
    return [(step.verb, step.outcome) for step in steps_of(conversation)]


async def test_a_choice_is_told_with_the_options_and_the_prompts() -> None:
    async def talk(call: Call) -> None:
        await call.menu("which", options={"1": "sales", "20-29": "a desk"}, tries=2)

    _, menu = steps_of(await converse(talk, (1.5, "1")))
    assert menu.asked == (Fact("prompts", "which"), Fact("options", "1 20-29"), Fact("tries", 2))
    assert menu.outcome == "Choice"
    assert Fact("key", "1") in menu.result
    assert Fact("value", "sales", is_personal=True) in menu.result
    assert [one.prompt for one in menu.spoken] == ["which"]
    assert menu.where.startswith(f"{__name__}:")
    assert menu.ended is not None
    assert (menu.ended - menu.began).total_seconds() == 1.5


async def test_a_block_lasts_as_long_as_what_it_holds() -> None:
    async def talk(call: Call) -> None:
        async with call.music():
            await call.wait(3)

    steps = steps_of(await converse(talk))
    assert [step.verb for step in steps] == ["answer", "music", "wait"]
    assert steps[1].ended == steps[2].ended


async def test_the_verb_that_a_hang_up_ends_says_so() -> None:
    async def talk(call: Call) -> None:
        await call.gather("number", digits=5)

    assert verbs_of(await converse(talk, (2.0, HANG_UP))) == [("answer", ""), ("gather", "Hangup")]


async def test_the_loser_of_a_race_is_cancelled() -> None:
    async def talk(call: Call) -> None:
        await first_of(call.key("1"), call.wait(60))

    assert verbs_of(await converse(talk, (2.0, "1")))[1:] == [("key", "Key"), ("wait", "Cancelled")]


async def test_a_misused_verb_names_its_error() -> None:
    async def talk(call: Call) -> None:
        await call.menu("which", options={"1": "a", "12": "b"})

    conversation = await converse(talk)
    assert ("menu", "UsageError") in verbs_of(conversation)


async def test_words_and_values_are_marked_as_personal() -> None:
    async def talk(call: Call) -> None:
        await call.play(Say("You have {n:number} letters.", n=12))
        await call.say("Goodbye, Anna.")

    conversation = await converse(talk)
    assert conversation.file.flow_journal is not None
    assert "Anna" in journal_to_json(conversation.file.flow_journal)
    left = journal_to_json(conversation.file.flow_journal.without_personal())
    assert "Anna" not in left
    assert "12" not in left


async def test_a_secret_is_in_no_step() -> None:
    async def talk(call: Call) -> None:
        async with call.secret():
            await call.ask("pin", kind=DigitString(4), confirm=True)
        await call.say("Thank you for 4711.")

    conversation = await converse(talk, (1.5, "4711"), (9.0, "1"))
    assert conversation.file.flow_journal is not None
    written = journal_to_json(conversation.file.flow_journal)
    assert "4711" not in written
    assert "digit_" not in written
    ask = steps_of(conversation)[2]
    assert (ask.verb, ask.outcome, ask.is_secret) == ("ask", "Asked", True)


async def test_a_verb_that_another_verb_uses_is_no_step_of_the_flow() -> None:
    async def flow(call: Call) -> None:
        await call.early_media()  # without an offer it answers
        await call.wait(1)

    async with simulated_platform({"1": flow}) as platform:
        caller = platform.phone()
        await caller.dial("1", sdp=b"")
        await caller.over()
        journal = (await platform.record()).flow_journal
    assert journal is not None
    assert [step.verb for step in journal.steps] == ["early_media", "wait"]
