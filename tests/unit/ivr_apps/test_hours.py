"""Business hours: time zones, days, holidays, and the change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_apps.hours import DAYS, Hours

OFFICE = Hours.parse("mon-fri 09:00-17:30", "Europe/London", "GB:ENG")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-01-05 09:00", True),  # a Monday
        ("2026-01-05 08:59", False),
        ("2026-01-05 17:29", True),
        ("2026-01-05 17:30", False),
        ("2026-01-03 12:00", False),  # a Saturday
        ("2026-07-06 08:15", True),  # summer time: 09:15 in London
        ("2026-12-25 12:00", False),  # Christmas, a Friday
    ],
)
def test_an_office_is_open_by_its_own_clock(now: str, is_open: bool) -> None:
    assert OFFICE.is_open(utc(now)) is is_open


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-01-05 08:00", "2026-01-05T09:00:00+00:00"),
        ("2026-01-05 12:00", "2026-01-06T09:00:00+00:00"),
        ("2026-01-02 18:00", "2026-01-05T09:00:00+00:00"),  # over the weekend
        ("2026-12-24 20:00", "2026-12-29T09:00:00+00:00"),  # Christmas, weekend, and Boxing Day made up for
        ("2026-03-28 12:00", "2026-03-30T09:00:00+01:00"),  # the clocks change in between
    ],
)
def test_the_next_opening_is_told(now: str, opening: str) -> None:
    found = OFFICE.next_opening(utc(now))
    assert found is not None
    assert found.isoformat() == opening


def test_a_scottish_holiday_is_none_in_england() -> None:
    saint_andrew = utc("2026-11-30 12:00")
    assert OFFICE.is_open(saint_andrew)
    assert not Hours("Europe/London", time(9), time(17), country="GB:SCT").is_open(saint_andrew)


def test_days_may_go_over_the_end_of_the_week() -> None:
    shop = Hours("UTC", time(10), time(12), "fri-mon,wed")
    week = [utc(f"2026-01-{day:02} 11:00") for day in range(5, 12)]
    assert [DAYS[day.weekday()] for day in week if shop.is_open(day)] == ["mon", "wed", "fri", "sat", "sun"]


@given(st.integers(0, 15 * 365 * 24 * 60))
def test_an_office_is_open_when_it_says_that_it_opens(minutes: int) -> None:
    now = utc("2020-01-01") + timedelta(minutes=minutes)
    opening = OFFICE.next_opening(now)
    assert opening is not None
    assert opening > now
    assert OFFICE.is_open(opening)


def test_what_is_no_zone_or_day_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Hours("Europe/Atlantis", time(9), time(17))
    with pytest.raises(ValueError, match="someday"):
        Hours("UTC", time(9), time(17), "mon-someday")
    with pytest.raises(ValueError, match="nine"):
        Hours.parse("mon nine-five", "UTC")
    with pytest.raises(NotImplementedError):
        Hours("UTC", time(9), time(17), country="XX")
