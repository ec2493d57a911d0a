from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.speech.language import reader
from voicecore.speech.language.english import number
from voicecore.speech.language.english.rules import English
from voicecore.speech.language.money import Money
from voicecore.speech.language.rules import PLAIN_DATE, DateStyle

AMERICAN, BRITISH = English(), English(british=True)


@pytest.mark.parametrize(
    ("value", "american", "british"),
    [
        (0, "zero", "zero"),
        (13, "thirteen", "thirteen"),
        (40, "forty", "forty"),
        (99, "ninety-nine", "ninety-nine"),
        (105, "one hundred five", "one hundred and five"),
        (1000, "one thousand", "one thousand"),
        (1005, "one thousand five", "one thousand and five"),
        (
            1_200_345,
            "one million two hundred thousand three hundred forty-five",
            "one million two hundred thousand three hundred and forty-five",
        ),
        (-7, "minus seven", "minus seven"),
    ],
)
def test_cardinals(value: int, american: str, british: str) -> None:
    assert AMERICAN.number(Decimal(value)) == american
    assert BRITISH.number(Decimal(value)) == british


@given(st.integers(0, number.LIMIT - 1), st.booleans())
def test_a_cardinal_is_read_back_as_itself(value: int, british: bool) -> None:
    assert reader.english(number.cardinal(value, british=british)) == value


@given(st.integers(0, number.LIMIT - 1), st.integers(0, number.LIMIT - 1))
def test_a_larger_number_is_read_back_as_larger(one: int, other: int) -> None:
    said = [reader.english(number.cardinal(value)) for value in sorted((one, other))]
    assert (said[0] < said[1]) == (one != other)


def test_a_number_beyond_all_names_is_said_digit_by_digit() -> None:
    assert number.cardinal(number.LIMIT) == "one" + " zero" * 36


def test_decimals_are_said_as_they_were_given() -> None:
    assert AMERICAN.number(Decimal("0.50")) == "zero point five zero"
    assert AMERICAN.number(Decimal("-12.5")) == "minus twelve point five"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "first"),
        (2, "second"),
        (3, "third"),
        (5, "fifth"),
        (8, "eighth"),
        (9, "ninth"),
        (11, "eleventh"),
        (12, "twelfth"),
        (20, "twentieth"),
        (21, "twenty-first"),
        (100, "one hundredth"),
        (1000, "one thousandth"),
    ],
)
def test_ordinals(value: int, words: str) -> None:
    assert AMERICAN.ordinal(value) == words


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (800, "eight hundred"),
        (1000, "one thousand"),
        (1066, "ten sixty-six"),
        (1900, "nineteen hundred"),
        (1905, "nineteen oh five"),
        (2000, "two thousand"),
        (2008, "two thousand eight"),
        (2010, "twenty ten"),
        (2026, "twenty twenty-six"),
    ],
)
def test_years(year: int, words: str) -> None:
    assert AMERICAN.year(year) == words


def test_dates_are_said_as_on_each_side_of_the_atlantic() -> None:
    day = date(2026, 3, 5)
    assert AMERICAN.date(day, PLAIN_DATE) == "March fifth, twenty twenty-six"
    assert BRITISH.date(day, PLAIN_DATE) == "the fifth of March twenty twenty-six"
    assert AMERICAN.date(day, DateStyle(weekday=True, year=False)) == "Thursday, March fifth"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0, 0), "midnight"),
        (time(0, 30), "twelve thirty a.m."),
        (time(9, 0), "nine a.m."),
        (time(9, 5), "nine oh five a.m."),
        (time(12, 0), "noon"),
        (time(12, 15), "twelve fifteen p.m."),
        (time(23, 59), "eleven fifty-nine p.m."),
    ],
)
def test_times(at: time, words: str) -> None:
    assert AMERICAN.time(at) == words


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money(1, "USD"), "one dollar"),
        (Money("12.50", "USD"), "twelve dollars and fifty cents"),
        (Money("0.01", "USD"), "one cent"),
        (Money(0, "EUR"), "zero euros"),
        (Money("-3.10", "EUR"), "minus three euros and ten cents"),
        (Money("2.01", "GBP"), "two pounds and one penny"),
        (Money("2.02", "GBP"), "two pounds and two pence"),
        (Money(1, "CNY"), "one yuan"),
        (Money(1500, "JPY"), "one thousand five hundred yen"),
        (Money("12.5", "SEK"), "twelve point five zero S E K"),
    ],
)
def test_money(money: Money, words: str) -> None:
    assert AMERICAN.money(money) == words


def test_durations_leave_out_what_is_nought() -> None:
    assert AMERICAN.duration(timedelta(hours=1, seconds=5)) == "one hour and five seconds"
    assert AMERICAN.duration(timedelta(days=2, hours=3, minutes=1)) == "two days, three hours and one minute"
    assert AMERICAN.duration(timedelta(0)) == "zero seconds"
    assert AMERICAN.duration(timedelta(minutes=-2)) == "minus two minutes"


def test_nouns_go_with_their_number() -> None:
    forms = ("message", "messages")
    assert [AMERICAN.count(Decimal(n), forms) for n in (0, 1, 2)] == [
        "zero messages",
        "one message",
        "two messages",
    ]
    assert AMERICAN.plural(Decimal(1), ("is", "are")) == "is"


def test_the_key_below_nine_has_two_names() -> None:
    assert (AMERICAN.character("#"), BRITISH.character("#")) == ("pound", "hash")
