from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.ivr.options import NONE, Universal, UniversalOption, by_key, check_universal, numbered


def test_a_range_is_each_of_its_numbers() -> None:
    assert by_key({"08-10": "desk"}) == {"08": "desk", "09": "desk", "10": "desk"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "needs an option"),
        ({"sales": 1}, "keys of a phone"),
        ({"": 1}, "keys of a phone"),
        ({"1": 1, "12": 2}, "option 1 begins option 12"),
        ({"1": 1, "10-11": 2}, "option 1 begins option 10"),
        ({"11": 1, "10-11": 2}, "two options have the key 11"),
        ({"8-10": 1}, "as many digits"),
        ({"19-10": 1}, "as many digits"),
        ({"-": 1}, "as many digits"),
        ({"1*-2*": 1}, "as many digits"),
        ({"00000-99999": 1}, "at most 10000"),
    ],
)
def test_options_that_cannot_be_told_apart_are_refused(options: dict[str, int], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        by_key(options)


@given(st.lists(st.integers(), max_size=300))
def test_numbered_options_can_always_be_told_apart(items: list[int]) -> None:
    options = numbered(items)
    assert list(options.values()) == items
    if items:
        assert by_key(options) == options


def test_inner_universal_options_add_to_the_outer_ones() -> None:
    inner = Universal(back="*").over(Universal(repeat="9", operator="0"))
    assert inner == Universal(repeat="9", back="*", operator="0")


def test_a_key_that_is_used_anew_loses_its_outer_meaning() -> None:
    assert Universal(back="0").over(Universal(operator="0")) == Universal(back="0")


def test_a_universal_key_that_may_begin_an_answer_belongs_to_the_answer() -> None:
    universal = Universal(repeat="*", operator="0")
    assert universal.beside("0123456789") == {"*": UniversalOption.REPEAT}
    assert NONE.beside("1") == {}


def test_a_universal_key_that_begins_a_longer_option_is_refused() -> None:
    with pytest.raises(UsageError, match="universal option 0 begins option 01"):
        check_universal(["1", "01"], Universal(operator="0"))
    check_universal(["0", "1"], Universal(operator="0"))


@pytest.mark.parametrize("keys", [("00", None), ("x", None), ("0", "0")])
def test_universal_options_are_single_keys_each_its_own(keys: tuple[str, str | None]) -> None:
    with pytest.raises(UsageError):
        Universal(repeat=keys[0], back=keys[1])
