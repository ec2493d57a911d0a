"""Callers who answer by speaking: every question takes it beside keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from voicecore.errors import UsageError
from voicecore.ivr import (
    Amount,
    Asked,
    CalendarDate,
    Call,
    Choice,
    DateOrder,
    Digits,
    DigitString,
    How,
    Listens,
    NoChoice,
    NoInput,
    NotAsked,
    OneOf,
    Pattern,
    PhoneNumber,
    Unanswered,
    WholeNumber,
    YesNo,
)
from voicecore.speech.recognition.recogniser import Recogniser
from voicecore.store.records import CallFile
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_recogniser import SimulatedRecogniser

OPTIONS = {"1": "sales", "2": "billing"}
LISTENS: Listens = {"1": ("sales", "buy something"), "2": {"en": ("billing", "my bill"), "zh": "账单"}}

Act = Callable[[SimulatedCaller], None]


def says(text: str, confidence: float = 1.0) -> Act:
    return lambda caller: caller.says(text, seconds=1.0, confidence=confidence)


def presses(keys: str) -> Act:
    return lambda caller: caller.press(keys)


class Talk:
    """What came of a flow that was called once."""

    def __init__(self) -> None:
        self.value: Any = None
        self.heard: list[tuple[str, float]] = []
        self.seconds = 0.0
        self.file: CallFile

    @property
    def journal(self) -> list[tuple[str, str]]:
        return [(event.kind, event.detail) for event in self.file.events]


async def talk(
    question: Callable[[Call], Awaitable[Any]],
    *acts: tuple[float, Act],
    recognisers: Sequence[Recogniser] | None = None,
    language: str = "en",
) -> Talk:
    """Prompts last a second; each act is at a second of the call."""
    came = Talk()

    async def flow(call: Call) -> None:
        await call.answer()
        came.value = await question(call)

    async with simulated_platform({"1": flow}, recognisers=recognisers, language=language) as platform:
        caller = await platform.dial("1")
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        for at, act in acts:
            await asyncio.sleep(began + at - loop.time())
            if not caller.is_over:
                act(caller)
        await caller.over()
        came.file = await platform.record()
        came.seconds = loop.time() - began
        came.heard = [
            (platform.name_of(one.sound), round(one.ended - one.began, 1)) for one in caller.leg.heard
        ]
    return came


async def choose(call: Call) -> object:
    return await call.menu("menu", options=OPTIONS, listens=LISTENS)


async def test_an_option_may_be_said() -> None:
    came = await talk(choose, (2.0, says("I have a question about my bill", 0.8)))
    assert isinstance(came.value, Choice)
    assert (came.value.value, came.value.key, came.value.how) == ("billing", "2", How.SPEECH)
    assert 0 < came.value.confidence < 0.8
    assert came.value.at is not None
    answered = came.file.call.answered
    assert answered is not None
    assert (came.value.at - answered).total_seconds() == pytest.approx(3.7, abs=0.05)


async def test_the_first_word_stops_the_prompt() -> None:
    came = await talk(choose, (0.3, says("sales")))
    assert came.heard == [("menu", 0.3)]
    assert came.value.value == "sales"


async def test_a_caller_may_still_press_a_key() -> None:
    came = await talk(choose, (0.3, presses("1")))
    assert came.value == Choice("sales", "1")
    assert came.value.how is How.KEY


async def test_a_key_that_is_pressed_while_speaking_counts() -> None:
    came = await talk(choose, (0.3, says("er sales no wait")), (0.9, presses("2")))
    assert came.value == Choice("billing", "2")


async def test_silence_is_waited_for_as_long_as_the_caller_speaks() -> None:
    async def slow(call: Call) -> object:
        return await call.menu("menu", options=OPTIONS, listens=LISTENS, first=2.0, end_of_speech=1.5)

    came = await talk(slow, (2.9, says("sales")))
    assert came.value.value == "sales"
    assert came.seconds == pytest.approx(5.4, abs=0.1)


async def test_what_is_no_option_is_told_as_a_wrong_key_is() -> None:
    came = await talk(choose, (0.3, says("bananas")), (4.5, says("sales")))
    assert [name for name, _ in came.heard] == ["menu", "invalid_choice", "menu"]
    assert came.value.value == "sales"


async def test_a_cough_stops_the_prompt_and_uses_up_no_try() -> None:
    came = await talk(choose, (0.3, says("")), (4.0, says("sales")))
    assert came.heard == [("menu", 0.3)]
    assert came.value.value == "sales"


async def test_tries_are_used_up_by_nonsense() -> None:
    came = await talk(choose, *((0.5 + 5 * at, says("bananas")) for at in range(3)))
    assert came.value == NoChoice(Unanswered.INVALID)


async def test_every_language_has_its_own_words() -> None:
    came = await talk(choose, (1.2, says("账单")), language="zh")
    assert came.value.value == "billing"
    came = await talk(choose, (1.2, says("my bill")), language="zh")
    assert isinstance(came.value, NoChoice)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (WholeNumber(1, 31), "twenty five", 25),
        (DigitString(5), "one two, oh double five", "12055"),
        (CalendarDate(), "the first of december twenty twenty six", date(2026, 12, 1)),
        (CalendarDate(DateOrder.DAY_MONTH_YEAR), "december first 2026", date(2026, 12, 1)),
        (PhoneNumber("DE"), "oh three oh one two three four five six seven eight", "+493012345678"),
        (YesNo("4", "5"), "no, thank you", False),
        (OneOf(OPTIONS, LISTENS), "sales please", "sales"),
        (Pattern("7[0-9]+"), "seven five", "75"),
    ],
)
async def test_an_answer_of_a_kind_may_be_said(kind: Any, text: str, value: object) -> None:
    async def ask(call: Call) -> object:
        return await call.ask("question", kind=kind)

    came = await talk(ask, (0.5, says(text, 0.9)))
    assert isinstance(came.value, Asked)
    assert (came.value.value, came.value.how) == (value, How.SPEECH)


async def test_what_keys_would_not_be_taken_for_is_not_taken_when_it_is_said() -> None:
    async def ask(call: Call) -> object:
        return await call.ask("question", kind=PhoneNumber("DE"), tries=1)

    came = await talk(ask, (0.5, says("one two three")))
    assert came.value == NotAsked(Unanswered.INVALID)


async def test_an_answer_may_be_confirmed_by_speaking() -> None:
    async def ask(call: Call) -> object:
        return await call.ask("question", kind=DigitString(2), confirm=True)

    came = await talk(
        ask,
        (0.5, says("four two")),
        (5.0, says("that's wrong")),
        (7.2, says("four three")),
        (10.0, says("yes")),
    )
    assert came.value.value == "43"
    assert [name for name, _ in came.heard][:4] == ["question", "you_entered", "digit_4", "digit_2"]


async def test_digits_may_be_said_to_gather() -> None:
    async def gather(call: Call) -> object:
        return await call.gather("number", digits=6, at_least=3)

    came = await talk(gather, (0.5, says("five double oh", 0.9)))
    assert came.value == Digits("500", how=How.SPEECH, confidence=0.9)
    assert came.value.at is not None


async def test_universal_options_may_be_said() -> None:
    async def ask(call: Call) -> object:
        with call.universal(repeat="9", operator="*"):
            return await call.ask("question", kind=DigitString(4))

    came = await talk(ask, (0.5, says("say that again")), (4.0, says("operator")))
    assert came.value == NotAsked(Unanswered.OPERATOR)
    assert [name for name, _ in came.heard] == ["question", "question"]


async def test_only_the_universal_options_that_there_are_can_be_said() -> None:
    async def ask(call: Call) -> object:
        return await call.ask("question", kind=DigitString(4), tries=1)

    assert (await talk(ask, (0.5, says("operator")))).value == NotAsked(Unanswered.INVALID)


async def test_without_barge_in_the_prompt_is_played_to_its_end() -> None:
    async def ask(call: Call) -> object:
        return await call.gather("number", digits=3, barge_in=False)

    came = await talk(ask, (0.3, says("one two three")), (1.5, says("four five six")))
    assert came.heard == [("number", 1.0)]
    assert came.value.text == "456"


@pytest.mark.parametrize("recognisers", [[], [SimulatedRecogniser(is_dead=True)]])
async def test_without_a_recogniser_keys_are_taken_as_ever(recognisers: list[Recogniser]) -> None:
    came = await talk(choose, (0.3, says("sales")), (0.6, presses("2")), recognisers=recognisers)
    assert came.value == Choice("billing", "2")
    assert came.heard == [("menu", 0.6)]
    assert (("degraded", "nobody understands speech") in came.journal) == bool(recognisers)


async def test_a_second_recogniser_stands_in_for_the_first() -> None:
    ears = [SimulatedRecogniser(is_dead=True), SimulatedRecogniser()]
    assert (await talk(choose, (0.3, says("sales")), recognisers=ears)).value.value == "sales"


async def test_an_amount_may_be_said() -> None:
    async def ask(call: Call) -> object:
        return await call.ask("price", kind=Amount(high=Decimal(50)), tries=1)

    came = await talk(ask, (0.3, says("twelve dollars and fifty cents")))
    assert came.value.value == Decimal("12.50")


async def test_nobody_listens_where_nothing_can_be_said() -> None:
    ear = SimulatedRecogniser()

    async def ask(call: Call) -> object:
        await call.menu("menu", options=OPTIONS, tries=1)
        await call.gather("number", digits=3, speech=False)
        return await call.ask("price", kind=Amount(high=Decimal(5)), tries=1, speech=False)

    came = await talk(
        ask, (0.3, says("sales")), (7.0, says("one two three")), (14, says("five")), recognisers=[ear]
    )
    assert came.value == NotAsked(Unanswered.SILENT)
    assert ear.listeners == 0


async def test_a_caller_who_hangs_up_is_not_listened_to_any_more() -> None:
    ear = SimulatedRecogniser()
    await talk(choose, (0.3, says("sales")), (0.6, SimulatedCaller.hang_up), recognisers=[ear])
    assert ear.listeners == 0


async def test_what_is_said_stands_in_the_journal_and_a_secret_does_not() -> None:
    async def ask(call: Call) -> object:
        await call.gather("number", digits=3)
        async with call.secret():
            return await call.gather("pin", digits=3)

    came = await talk(ask, (0.5, says("one two three")), (4.0, says("seven eight nine")))
    assert came.value.text == "789"
    assert [detail for kind, detail in came.journal if kind == "spoken"] == ["leg 1: one two three", "hidden"]


async def test_a_traceback_does_not_tell_what_was_said_in_secret() -> None:
    async def fail(call: Call) -> object:
        async with call.secret():
            match await call.gather("pin", digits=4):
                case Digits(pin):
                    raise ValueError(f"wrong pin {pin}")
                case NoInput():
                    return None

    came = await talk(fail, (0.5, says("one two three four")))
    assert "wrong pin ****" in str(came.journal)
    assert "1234" not in str(came.journal)


async def test_words_for_an_option_that_there_is_not_are_refused() -> None:
    refused: list[str] = []

    async def ask(call: Call) -> None:
        try:
            await call.menu("menu", options=OPTIONS, listens={"3": "nothing"})
        except UsageError as error:
            refused.append(str(error))
        await call.wait(1)

    await talk(ask)
    assert refused == ["the menu listens for 3, which is none of its options"]
