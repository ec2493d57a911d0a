"""What the rules of every language can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final, Protocol

from voicecore.speech.language.money import Money


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a date is said."""

    weekday: bool = False
    year: bool = True
    colloquial: bool = False
    """As in talk: 号 in place of 日. No difference in English."""


PLAIN_DATE: Final = DateStyle()


class Rules(Protocol):
    """Values to words. Pure; what comes out has no digits 0 to 9 left."""

    @property
    def pause(self) -> str:
        """What stands between groups that are said apart, such as those of a phone number."""
        ...

    def number(self, value: Decimal) -> str:
        """A cardinal number, negative and with decimals if it has them."""
        ...

    def count(self, value: Decimal, forms: Sequence[str]) -> str:
        """So many of something: the number with the form of the noun, or the measure word, that goes with it."""
        ...

    def plural(self, value: Decimal, forms: Sequence[str]) -> str:
        """The form alone, in the language's order: English has singular and plural, Chinese one form."""
        ...

    def ordinal(self, value: int) -> str: ...
    def year(self, value: int) -> str: ...
    def percent(self, value: Decimal) -> str: ...

    def character(self, character: str, *, yao: bool = False) -> str:
        """One character spelled: a digit, a letter, a sign. `yao` says 1 as 幺, as Chinese phone numbers may."""
        ...

    def date(self, value: date, style: DateStyle) -> str: ...
    def time(self, value: time) -> str: ...
    def date_and_time(self, day: str, hour: str) -> str: ...

    def duration(self, value: timedelta) -> str:
        """Rounded to whole seconds."""
        ...

    def money(self, value: Money, *, colloquial: bool = False) -> str:
        """`colloquial` says 块 and 毛 for 元 and 角. No difference in English."""
        ...

    def enumeration(self, items: Sequence[str]) -> str:
        """Several things one after the other, as "a, b and c"."""
        ...
