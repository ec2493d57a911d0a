from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.ivr.kinds import (
    LONGEST,
    NO_MATCH,
    Amount,
    CalendarDate,
    DateOrder,
    DigitString,
    Kind,
    OneOf,
    Pattern,
    PhoneNumber,
    WholeNumber,
    YesNo,
)

KINDS: list[Kind[Any]] = [
    WholeNumber(),
    WholeNumber(5, 5),
    WholeNumber(0, 0),
    DigitString(4),
    DigitString(1, 8),
    CalendarDate(),
    CalendarDate(DateOrder.MONTH_DAY_YEAR, earliest=date(2000, 1, 1)),
    Amount(),
    Amount(decimals=0),
    PhoneNumber("DE"),
    PhoneNumber(),
    YesNo(),
    OneOf({"1": "a", "20-29": "b"}),
    Pattern("[12][0-9]{3}"),
]
keys = st.text("0123456789*#ABCD", max_size=LONGEST + 8)


@given(st.sampled_from(KINDS), keys)
def test_whatever_is_pressed_is_a_value_or_no_match(kind: Kind[Any], text: str) -> None:
    value = kind.parse(text)
    assert value is NO_MATCH or text[0] in kind.first_keys


@given(st.sampled_from(KINDS), st.text("0123456789*#ABCD", min_size=1, max_size=LONGEST), keys)
def test_no_key_after_the_end_makes_another_answer(kind: Kind[Any], text: str, more: str) -> None:
    if kind.is_complete(text) and more and not isinstance(kind, PhoneNumber):
        longer = kind.parse(text + more)
        assert longer is NO_MATCH or longer == kind.parse(text)


@given(st.sampled_from(KINDS), st.sampled_from("0123456789*#ABCD"))
def test_every_input_ends(kind: Kind[Any], key: str) -> None:
    assert kind.is_complete(key * (LONGEST + 1))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_whole_number_is_what_was_pressed(first: int, second: int) -> None:
    low, high = sorted((first, second))
    assert WholeNumber(low, high).parse(str(high)) == high
    assert WholeNumber(low, high).parse(str(high + 1)) is NO_MATCH


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(DateOrder))
def test_a_date_is_read_in_its_order(day: date, order: DateOrder) -> None:
    form = {"Y": "%Y", "M": "%m", "D": "%d"}
    pressed = "".join(day.strftime(form[part]) for part in order.value)
    assert CalendarDate(order).parse(pressed) == day


@given(st.decimals(0, 999_999, places=2))
def test_the_star_is_the_decimal_point(amount: Decimal) -> None:
    assert Amount().parse(str(amount).replace(".", "*")) == amount


def test_a_date_out_of_bounds_is_none() -> None:
    assert CalendarDate(latest=date(2026, 12, 31)).parse("20270101") is NO_MATCH
    assert CalendarDate().parse("20260230") is NO_MATCH


def test_a_number_that_can_go_no_further_is_complete() -> None:
    assert WholeNumber(1, 12).is_complete("5")
    assert not WholeNumber(1, 12).is_complete("1")
    assert not WholeNumber(1, 12).is_complete("0")


@pytest.mark.parametrize(
    ("country", "pressed", "number"),
    [
        ("DE", "03012345678", "+493012345678"),
        ("DE", "004930123456", "+4930123456"),
        ("US", "2025550123", "+12025550123"),
        (None, "004930123456", "+4930123456"),
        (None, "03012345678", NO_MATCH),
        ("DE", "1", NO_MATCH),
    ],
)
def test_a_telephone_number_is_read_as_its_country_writes_it(
    country: str | None, pressed: str, number: object
) -> None:
    assert PhoneNumber(country).parse(pressed) == number


@pytest.mark.parametrize(
    "make",
    [
        lambda: WholeNumber(5, 4),
        lambda: WholeNumber(-1),
        lambda: DigitString(0),
        lambda: DigitString(4, 3),
        lambda: DigitString(4, LONGEST + 1),
        lambda: Amount(Decimal(-1)),
        lambda: Amount(high=Decimal("inf")),
        lambda: Amount(decimals=5),
        lambda: PhoneNumber("XX"),
        lambda: YesNo("1", "1"),
        lambda: YesNo("yes", "no"),
        lambda: Pattern("["),
        lambda: Pattern("1", most=0),
        lambda: OneOf({}),
        lambda: OneOf({"1": 1, "12": 2}),
    ],
)
def test_a_kind_that_nobody_can_answer_is_a_bug_of_the_flow(make: Any) -> None:
    with pytest.raises(UsageError):
        make()
