"""What the language's own rules say is read back to the same value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.speech.language.money import Money
from voicecore.speech.language.registry import rules_for
from voicecore.speech.language.rules import DateStyle
from voicecore.speech.recognition.words.registry import spoken_rules

TAGS = st.sampled_from(["en", "en-GB", "zh"])
TODAY = date(2026, 11, 23)


@given(tag=TAGS, number=st.integers(0, 10**9 - 1))
def test_a_number_in_words_is_read_back(tag: str, number: int) -> None:
    assert spoken_rules(tag).number(rules_for(tag).number(Decimal(number))) == number


@given(tag=TAGS, day=st.dates(date(1910, 1, 1), date(2099, 12, 31)), weekday=st.booleans())
def test_a_date_in_words_is_read_back(tag: str, day: date, weekday: bool) -> None:
    said = rules_for(tag).date(day, DateStyle(weekday=weekday))
    assert spoken_rules(tag).day(said, TODAY) == (day.year, day.month, day.day)


@given(tag=TAGS, digits=st.text("0123456789", min_size=1, max_size=20))
def test_digits_one_by_one_are_read_back(tag: str, digits: str) -> None:
    rules = rules_for(tag)
    said = spoken_rules(tag).joint.join(rules.character(digit) for digit in digits)
    assert spoken_rules(tag).digits(said) == digits


@pytest.mark.parametrize("tag", ["en", "zh"])
def test_no_phrase_means_two_things(tag: str) -> None:
    rules = spoken_rules(tag)
    for catalogue in (rules.answers, rules.commands):
        said = [rules.words(phrase) for phrases in catalogue.values() for phrase in phrases]
        assert all(said)
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("tag", ["en", "en-GB", "zh"])
@given(cents=st.integers(0, 99_999_999), currency=st.sampled_from(["USD", "EUR", "GBP", "CNY"]))
def test_an_amount_in_words_is_read_back(tag: str, cents: int, currency: str) -> None:
    money = Money(Decimal(cents).scaleb(-2), currency)
    assert spoken_rules(tag).amount(rules_for(tag).money(money)) == money.amount


@pytest.mark.parametrize(
    ("tag", "said", "amount"),
    [
        ("en", "It's $1,250.75.", "1250.75"),
        ("en", "twelve dollars fifty please", "12.50"),
        ("en", "fifty cents", "0.50"),
        ("en", "three point two five", "3.25"),
        ("en", "20 bucks", "20"),
        ("en", "a hundred and five pounds", "105"),
        ("zh", "十二块五", "12.5"),
        ("zh", "一百零五元", "105"),
        ("zh", "五毛", "0.5"),
        ("zh", "三点二五", "3.25"),
        ("zh", "12.50元", "12.50"),
    ],
)
def test_an_amount_is_said_in_many_ways(tag: str, said: str, amount: str) -> None:
    assert spoken_rules(tag).amount(said) == Decimal(amount)


@pytest.mark.parametrize("tag", ["en", "zh"])
@given(
    text=st.text()
    | st.lists(
        st.sampled_from(["five", "dollars", "point", "and", "cents", "五", "块", "点", "角", "分", ".", "9"])
    ).map(" ".join)
)
def test_any_text_is_an_amount_or_none(tag: str, text: str) -> None:
    found = spoken_rules(tag).amount(text)
    assert found is None or found >= 0
