"""Which flow answers a number. Pure: the table is given, the answer is a fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from voicecore.ids import CallId

Argument = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Canary:
    """Another flow that a share of the calls meets, from 0 to 1."""

    flow: str
    share: float


@dataclass(frozen=True, slots=True)
class NumberEntry:
    """`match` is a number, or a pattern: `X` is one digit, a `.` at the end one or more of anything."""

    match: str
    flow: str
    args: Mapping[str, Argument] = field(default_factory=dict)
    language: str | None = None
    canary: Canary | None = None

    @property
    def flows(self) -> tuple[str, ...]:
        """All that a call may meet."""
        return (self.flow,) if self.canary is None else (self.flow, self.canary.flow)

    def flow_of(self, call: CallId) -> str:
        """Which flow this call meets. The same call always meets the same."""
        if self.canary is None or crc32(call.encode()) / 2**32 >= self.canary.share:
            return self.flow
        return self.canary.flow


class NumberTable:
    """Exact numbers first, then the patterns: the longest that fits, as exchanges do."""

    def __init__(self, entries: Iterable[NumberEntry]) -> None:
        self._exact: dict[str, NumberEntry] = {}
        self._patterns: list[NumberEntry] = []
        for entry in entries:
            if _is_pattern(entry.match):
                self._patterns.append(entry)
            else:
                self._exact[entry.match] = entry
        self._patterns.sort(key=_weight, reverse=True)

    def find(self, number: str) -> NumberEntry | None:
        """
        >>> table = NumberTable([NumberEntry("1000", "a:b"), NumberEntry("9XX", "c:d"), NumberEntry("9.", "e:f")])
        >>> [table.find(n).flow for n in ("1000", "911", "9001")], table.find("2")
        (['a:b', 'c:d', 'e:f'], None)
        """
        exact = self._exact.get(number)
        if exact is not None:
            return exact
        return next((entry for entry in self._patterns if _fits(entry.match, number)), None)


def _is_pattern(match: str) -> bool:
    return "X" in match or match.endswith(".")


def _weight(entry: NumberEntry) -> tuple[int, int]:
    """More places first; among equals, fewer wildcards first."""
    return len(entry.match.rstrip(".")), -entry.match.count("X") - entry.match.count(".")


def _fits(pattern: str, number: str) -> bool:
    fixed = pattern.removesuffix(".")
    if pattern.endswith("."):
        if len(number) <= len(fixed):
            return False
    elif len(number) != len(fixed):
        return False
    return all(
        digit.isascii() and digit.isdigit() if place == "X" else place == digit
        for place, digit in zip(fixed, number, strict=False)
    )
