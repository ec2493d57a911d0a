"""Patterns of numbers as the number table has them: `X` is one digit, a dot at the end one or more of anything."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Patterns:
    """
    >>> Patterns(["1000", "9XX", "+49."]).match("911"), Patterns(["9XX"]).match("9111")
    (True, False)
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)
        self._match = re.compile("|".join(map(_expression, self._patterns)), re.DOTALL).fullmatch

    def match(self, number: str) -> bool:
        return bool(self._patterns) and bool(number) and self._match(number) is not None


def _expression(pattern: str) -> str:
    fixed = pattern.removesuffix(".")
    body = "".join("[0-9]" if place == "X" else re.escape(place) for place in fixed)
    return body + (".+" if pattern.endswith(".") else "")
