"""English words for values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from voicecore.speech.language.english import number
from voicecore.speech.language.english.currency import CURRENCIES
from voicecore.speech.language.money import Money
from voicecore.speech.language.rules import DateStyle
from voicecore.speech.language.split import hours_and_more, whole_and_decimals

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS: Final = ("day", "hour", "minute", "second")
_SIGNS: Final = {
    "*": "star",
    "#": "pound",
    "+": "plus",
    "-": "dash",
    "_": "underscore",
    "/": "slash",
    "@": "at",
    ".": "dot",
    ":": "colon",
    " ": "space",
}


@dataclass(frozen=True, slots=True)
class English:
    """`british`: "one hundred and five", "the fifth of March"."""

    british: bool = False
    pause: str = ", "

    def number(self, value: Decimal) -> str:
        sign, whole, decimals = whole_and_decimals(value)
        words = self._cardinal(whole)
        if decimals:
            words += " point " + " ".join(number.DIGITS[int(digit)] for digit in decimals)
        return f"minus {words}" if sign else words

    def count(self, value: Decimal, forms: Sequence[str]) -> str:
        return f"{self.number(value)} {self.plural(value, forms)}"

    def plural(self, value: Decimal, forms: Sequence[str]) -> str:
        return forms[0] if abs(value) == 1 else forms[-1]

    def ordinal(self, value: int) -> str:
        return number.ordinal(value, british=self.british)

    def year(self, value: int) -> str:
        return number.year(value, british=self.british)

    def percent(self, value: Decimal) -> str:
        return f"{self.number(value)} percent"

    def character(self, character: str, *, yao: bool = False) -> str:
        if character in "0123456789":
            return number.DIGITS[int(character)]
        if character == "#" and self.british:
            return "hash"
        return _SIGNS.get(character, character.upper())

    def date(self, value: date, style: DateStyle) -> str:
        """March fifth, twenty twenty-six; in Britain the fifth of March twenty twenty-six."""
        day, month = self.ordinal(value.day), _MONTHS[value.month - 1]
        words = f"the {day} of {month}" if self.british else f"{month} {day}"
        if style.year:
            words += (" " if self.british else ", ") + self.year(value.year)
        return f"{_WEEKDAYS[value.weekday()]}, {words}" if style.weekday else words

    def time(self, value: time) -> str:
        """Twelve hours with a.m. and p.m.; seconds are not said."""
        if value.minute == 0 and value.hour % 12 == 0:
            return "noon" if value.hour else "midnight"
        words = self._cardinal(value.hour % 12 or 12)
        if value.minute:
            words += f" {number.two_digits(value.minute)}"
        return f"{words} {'p.m.' if value.hour >= 12 else 'a.m.'}"

    def date_and_time(self, day: str, hour: str) -> str:
        return f"{day} at {hour}"

    def duration(self, value: timedelta) -> str:
        sign, amounts = hours_and_more(value)
        said = [
            self.count(Decimal(amount), (unit, f"{unit}s"))
            for amount, unit in zip(amounts, _UNITS, strict=True)
            if amount
        ]
        words = self.enumeration(said) or "zero seconds"
        return f"minus {words}" if sign else words

    def money(self, value: Money, *, colloquial: bool = False) -> str:
        """Two dollars and one cent. A currency that is not in the table is said by the letters of its code."""
        minor = abs(value.minor)
        sign = "minus " if value.minor < 0 else ""
        currency = CURRENCIES.get(value.currency)
        if currency is None:
            return f"{self.number(value.amount)} {' '.join(value.currency)}"
        major, minor = divmod(minor, 10**value.decimals)
        said: list[str] = []
        if major or not minor:
            said.append(self.count(Decimal(major), currency.major))
        if minor:
            said.append(self.count(Decimal(minor), currency.minor))
        return sign + " and ".join(said)

    def enumeration(self, items: Sequence[str]) -> str:
        *head, last = items or ("",)
        return f"{', '.join(head)} and {last}" if head else last

    def _cardinal(self, value: int) -> str:
        return number.cardinal(value, british=self.british)
