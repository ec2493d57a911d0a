from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.language.kinds import KINDS, Value, characters, natural_kind, words
from voicecore.speech.language.money import Money
from voicecore.speech.language.registry import rules_for

EN, ZH = rules_for("en"), rules_for("zh")
AMOUNTS = st.decimals(-(10**12), 10**12, places=2)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "text": st.sampled_from(["Li Wei", "somebody"]),
    "spell": st.text("abcXYZ0123456789@.-_ ", min_size=1, max_size=20).filter(str.strip),
    "number": st.integers(-(10**20), 10**20) | st.decimals(-1000, 1000, places=3),
    "count": st.integers(0, 10**9),
    "plural": st.integers(0, 10**9),
    "ordinal": st.integers(0, 10**9),
    "year": st.integers(0, 9999),
    "percent": st.decimals(-100, 100, places=2),
    "digits": st.text("0123456789*#", min_size=1, max_size=20),
    "phone": st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True),
    "date": st.dates() | st.datetimes(),
    "datetime": st.datetimes(),
    "time": st.times() | st.datetimes(),
    "duration": st.timedeltas(timedelta(days=-1000), timedelta(days=1000)),
    "money": st.builds(Money, AMOUNTS, st.sampled_from(["USD", "CNY", "JPY", "KWD", "SEK", "TWD"])),
    "list": st.lists(st.integers(0, 99) | st.dates(), min_size=1, max_size=4),
}


@pytest.mark.parametrize("language", ["en", "en-GB", "zh", "zh-TW"])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_no_value_leaves_digits_in_the_words(kind: str, language: str, data: st.DataObject) -> None:
    argument = "one|other" if KINDS[kind].options is None else ""
    said = words(rules_for(language), kind, data.draw(VALUES[kind]), argument)
    assert said
    assert not any(character in "0123456789" for character in said)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Li", "text"),
        (3, "number"),
        (3.5, "number"),
        (Decimal(3), "number"),
        (date(2026, 3, 5), "date"),
        (datetime(2026, 3, 5, 9), "datetime"),  # noqa: DTZ001 - local time is what is said
        (time(9), "time"),
        (timedelta(1), "duration"),
        (Money(1, "USD"), "money"),
        ([1, 2], "list"),
    ],
)
def test_a_value_has_a_kind_of_its_own(value: Value, kind: str) -> None:
    assert natural_kind(value) == kind


@pytest.mark.parametrize("value", [True, None, object()])
def test_what_cannot_be_said_is_refused(value: object) -> None:
    with pytest.raises(UsageError):
        words(EN, "", cast("Value", value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "3"),
        ("number", True),
        ("number", float("nan")),
        ("number", Decimal("1e50")),
        ("number", Decimal("1e-50")),
        ("ordinal", -1),
        ("year", 2.5),
        ("digits", "12x"),
        ("digits", ""),
        ("phone", "no number"),
        ("date", "2026-03-05"),
        ("time", date(2026, 3, 5)),
        ("money", 3),
        ("list", "abc"),
        ("duration", 3),
        ("text", 3),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: str, value: Value) -> None:
    with pytest.raises(UsageError):
        words(EN, kind, value)


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("+1 (212) 555-0123", ["+1", "212", "555", "0123"]),
        ("+86 138 1234 5678", ["+86", "138", "1234", "5678"]),
        ("13812345678", ["138", "1234", "5678"]),
        ("2125550123", ["212", "555", "0123"]),
        ("5550123", ["555", "0123"]),
        ("110", ["110"]),
        ("+999123", ["+99", "9123"]),
    ],
)
def test_phone_numbers_are_said_in_groups(number: str, groups: list[str]) -> None:
    assert characters("phone", number) == groups


@given(st.from_regex(r"\+?[0-9*#]{1,31}", fullmatch=True))
def test_grouping_keeps_every_digit_in_order(number: str) -> None:
    assert "".join(characters("phone", number) or []) == number


def test_phone_numbers_in_words() -> None:
    assert words(EN, "phone", "5550123") == "five five five, zero one two three"
    assert words(ZH, "phone", "13812345678", "yao") == "幺 三 八，幺 二 三 四，五 六 七 八"


def test_spelling() -> None:
    assert words(EN, "spell", "ab1@x.y") == "A, B, one, at, X, dot, Y"
    assert words(ZH, "spell", "a1") == "A，一"


def test_lists_say_each_item_by_its_own_kind() -> None:
    items: list[Value] = ["milk", 2, Money(2, "CNY")]
    assert words(EN, "list", cast("Value", items)) == "milk, two and two yuan"
    assert words(ZH, "list", cast("Value", items)) == "milk、二和两元"


def test_a_day_and_an_hour_together() -> None:
    at = datetime(2026, 3, 5, 14, 30)  # noqa: DTZ001 - local time is what is said
    assert words(EN, "datetime", at, "no-year") == "March fifth at two thirty p.m."
    assert words(ZH, "datetime", at, "no-year,weekday") == "三月五日星期四下午两点半"
    assert words(EN, "time", at) == "two thirty p.m."


def test_a_language_without_rules_is_told() -> None:
    with pytest.raises(Unavailable, match="fr"):
        rules_for("fr-CA")
