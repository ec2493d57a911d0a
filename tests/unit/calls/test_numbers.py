from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.calls.numbers import NumberEntry, NumberTable


def table(*patterns: str) -> NumberTable:
    return NumberTable(NumberEntry(pattern, f"flow:{pattern}") for pattern in patterns)


@pytest.mark.parametrize(
    ("patterns", "number", "winner"),
    [
        (("1000",), "1000", "1000"),
        (("1000", "1XXX", "."), "1000", "1000"),
        (("1XXX", "10XX", "."), "1000", "10XX"),
        (("1.", "1XXX"), "1000", "1XXX"),
        (("1.", "10."), "1000", "10."),
        (("0.",), "0", None),
        (("9XX",), "91", None),
        (("9XX",), "9111", None),
        (("9XX",), "91x", None),
        ((".",), "alice", "."),
        ((), "1000", None),
    ],
)
def test_the_closest_entry_wins(patterns: tuple[str, ...], number: str, winner: str | None) -> None:
    found = table(*patterns).find(number)
    assert (found.match if found else None) == winner


def test_a_digit_place_takes_no_other_script() -> None:
    assert table("9XX").find("9٣٤") is None


@given(st.text(alphabet="0123456789", min_size=1, max_size=12))
def test_a_number_finds_itself(number: str) -> None:
    found = table("X", "XX", "1.", ".", number).find(number)
    assert found is not None
    assert found.match == number
