"""Patterns over numbers: `X` is one digit, a `.` at the end one or more of anything."""

from __future__ import annotations

from collections.abc import Iterable


def fits(pattern: str, number: str) -> bool:
    """
    >>> [fits("+49.", n) for n in ("+4930", "+49", "+43")], fits("1XX", "112")
    ([True, False, False], True)
    """
    fixed = pattern.removesuffix(".")
    if len(number) <= len(fixed) if pattern.endswith(".") else len(number) != len(fixed):
        return False
    return all(
        digit in "0123456789" if place == "X" else place == digit
        for place, digit in zip(fixed, number, strict=False)
    )


def fits_any(patterns: Iterable[str], number: str) -> bool:
    return any(fits(pattern, number) for pattern in patterns)
