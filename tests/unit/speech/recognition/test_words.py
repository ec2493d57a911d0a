"""What the language's own rules say is read back to the same value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
