"""gather, menu and ask: what a caller may press, and what he hears when it is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.scenario.ivr.conversation import converse
from voicecore.errors import UsageError
from voicecore.ivr import (
    Amount,
    Asked,
    CalendarDate,
    Call,
    Choice,
    Digits,
    DigitString,
    How,
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


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        (WholeNumber(1, 12), "5", 5),
        (DigitString(8), "12345678", "12345678"),
        (CalendarDate(), "20261123", date(2026, 11, 23)),
        (Amount(), "12*50", Decimal("12.50")),
        (PhoneNumber("DE"), "03012345678#", "+493012345678"),
        (YesNo(), "2", False),
        (OneOf({"1": "a", "20-29": "b"}), "25", "b"),
        (Pattern("7[0-9]+"), "75#", "75"),
    ],
)
async def test_an_answer_is_of_its_kind(kind: Any, keys: str, value: object) -> None:
    async def talk(call: Call) -> object:
        return await call.ask("question", kind=kind)

    talked = await converse(talk, (0.5, keys))
    assert isinstance(talked.value, Asked)
    assert (talked.value.value, talked.value.how, talked.value.confidence) == (value, How.KEY, 1.0)
    assert talked.seconds < 1.0


async def test_the_answer_says_when_it_was_given() -> None:
    async def talk(call: Call) -> object:
        return await call.ask("question", kind=YesNo())

    talked = await converse(talk, (3.0, "1"))
    answered = talked.file.call.answered
    assert answered is not None
    assert (talked.value.at - answered).total_seconds() == pytest.approx(3.0, abs=0.05)


async def test_each_failure_is_told_in_its_own_words() -> None:
    async def talk(call: Call) -> object:
        return await call.ask(
            "question",
            kind=WholeNumber(1, 5),
            tries=5,
            no_input=["silent_once", ("silent_twice", "help")],
            invalid=["wrong_once", "wrong_twice"],
        )

    talked = await converse(talk, (16.5, "9"), (18.0, "8"), (19.5, "3"))
    assert talked.value.value == 3
    assert talked.heard == [
        *("question", "silent_once", "question", "silent_twice", "help", "question"),
        *("wrong_once", "question", "wrong_twice", "question"),
    ]


async def test_silence_and_nonsense_use_up_the_tries() -> None:
    async def talk(call: Call) -> object:
        return await call.ask("question", kind=YesNo(), tries=2)

    assert (await converse(talk)).value == NotAsked(Unanswered.SILENT)
    talked = await converse(talk, (0.5, "9"), (1.5, "8"))
    assert talked.value == NotAsked(Unanswered.INVALID)
    assert talked.heard == ["question", "invalid_entry", "question"][: len(talked.heard)]


async def ask_a_pin(call: Call) -> object:
    return await call.ask("question", kind=DigitString(2), confirm=True, tries=2)


async def test_an_answer_is_read_back_and_accepted() -> None:
    talked = await converse(ask_a_pin, (0.5, "42"), (6.0, "1"))
    assert talked.value.value == "42"
    assert talked.heard == ["question", "you_entered", "digit_4", "digit_2", "confirm_entry"]


async def test_an_answer_that_is_rejected_is_asked_for_again() -> None:
    talked = await converse(ask_a_pin, (0.5, "42"), (2.0, "2"), (4.0, "43"), (6.0, "1"))
    assert talked.value.value == "43"


async def test_a_caller_who_rejects_all_is_not_asked_for_ever() -> None:
    talked = await converse(ask_a_pin, (0.5, "42"), (2.0, "2"), (4.0, "43"), (6.0, "2"))
    assert talked.value == NotAsked(Unanswered.REJECTED)


async def test_the_flow_may_word_the_read_back() -> None:
    async def talk(call: Call) -> object:
        return await call.ask("question", kind=YesNo(), confirm=lambda value: ["yes" if value else "no"])

    talked = await converse(talk, (0.5, "1"), (4.0, "1"))
    assert talked.heard == ["question", "yes", "confirm_entry"]


async def test_too_few_digits_are_told_and_asked_for_again() -> None:
    async def talk(call: Call) -> object:
        return await call.gather("question", digits=4, at_least=3, tries=2)

    talked = await converse(talk, (0.5, "12#"), (3.0, "123#"))
    assert talked.value.text == "123"
    assert talked.heard == ["question", "too_few_digits", "question"][: len(talked.heard)]
    talked = await converse(talk, (0.5, "12#"), (3.0, "1#"))
    assert talked.value == NoInput(Unanswered.INVALID)


async def test_a_menu_takes_ranges() -> None:
    async def talk(call: Call) -> object:
        return await call.menu("question", options={"0": "operator", "10-19": "desk"})

    assert (await converse(talk, (0.5, "17"))).value == Choice("desk", "17")
    assert (await converse(talk, (0.5, "0"))).value == Choice("operator", "0")


async def test_options_that_begin_one_another_are_refused_before_a_word_is_said() -> None:
    async def talk(call: Call) -> None:
        await call.wait(1)
        with pytest.raises(UsageError, match="option 1 begins option 12"):
            await call.menu("question", options={"1": 1, "12": 2})
        with (
            call.universal(operator="0"),
            pytest.raises(UsageError, match="universal option 0 begins option 01"),
        ):
            await call.ask("question", kind=OneOf({"01": 1}))

    talked = await converse(talk)
    assert talked.file.call.traceback is None
    assert talked.heard == []


async def nested_menus(call: Call) -> list[object]:
    with call.universal(repeat="*", operator="0"):
        outer = await call.menu("outer", options={"1": "inner", "2": "other"})
        with call.universal(back="9"):
            return [outer, await call.menu("inner", options={"1": "one"})]


async def test_universal_options_are_inherited_by_nested_menus() -> None:
    back = await converse(nested_menus, (0.5, "1"), (1.0, "9"))
    assert back.value[1] == NoChoice(Unanswered.BACK)
    operator = await converse(nested_menus, (0.5, "1"), (1.0, "0"))
    assert operator.value[1] == NoChoice(Unanswered.OPERATOR)
    assert (await converse(nested_menus, (0.5, "0"), (1.0, "1"))).value[0] == NoChoice(Unanswered.OPERATOR)


async def test_who_hears_a_menu_again_uses_up_no_try() -> None:
    acts = [(1.0 + second, "*") for second in range(4)]
    talked = await converse(nested_menus, *acts, (6.0, "1"), (7.0, "1"))
    assert talked.value == [Choice("inner", "1"), Choice("one", "1")]
    assert talked.heard.count("outer") == 5


async def test_who_does_nothing_but_repeat_is_not_held_for_ever() -> None:
    talked = await converse(nested_menus, *[(float(second), "*") for second in range(1, 200)])
    assert talked.value[0] == NoChoice(Unanswered.INVALID)


async def test_a_digit_of_an_answer_is_no_universal_option() -> None:
    async def talk(call: Call) -> object:
        with call.universal(operator="0", back="*"):
            first = await call.ask("question", kind=DigitString(2))
            return [first.value if isinstance(first, Asked) else first, await call.gather("more", digits=2)]

    assert (await converse(talk, (0.5, "00"), (2.0, "07"))).value == ["00", Digits("07")]
    assert (await converse(talk, (0.5, "*"), (2.0, "*"))).value == [
        NotAsked(Unanswered.BACK),
        NoInput(Unanswered.BACK),
    ]
