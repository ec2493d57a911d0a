"""The same Mandarin in traditional characters, as Taiwan and Hong Kong write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from voicecore.speech.language.chinese.rules import Chinese
from voicecore.speech.language.money import Money
from voicecore.speech.language.rules import DateStyle

_CHARACTERS: Final = str.maketrans(
    "两万亿负点号时钟块欧镑币韩卢线划杠",
    "兩萬億負點號時鐘塊歐鎊幣韓盧線劃槓",
)
"""Of the characters that the rules can say, those that differ. A text's own words are left as they are."""


@dataclass(frozen=True, slots=True)
class TraditionalChinese:
    """Asks `Chinese` and writes its words in traditional characters."""

    pause: str = "，"
    _simplified: Chinese = Chinese()  # noqa: RUF009 - frozen, so it may be shared

    def number(self, value: Decimal) -> str:
        return _traditional(self._simplified.number(value))

    def count(self, value: Decimal, forms: Sequence[str]) -> str:
        return _traditional(self._simplified.count(value, ("",))) + forms[-1]

    def plural(self, value: Decimal, forms: Sequence[str]) -> str:
        return forms[-1]

    def ordinal(self, value: int) -> str:
        return _traditional(self._simplified.ordinal(value))

    def year(self, value: int) -> str:
        return self._simplified.year(value)

    def percent(self, value: Decimal) -> str:
        return _traditional(self._simplified.percent(value))

    def character(self, character: str, *, yao: bool = False) -> str:
        return _traditional(self._simplified.character(character, yao=yao))

    def date(self, value: date, style: DateStyle) -> str:
        return _traditional(self._simplified.date(value, style))

    def time(self, value: time) -> str:
        return _traditional(self._simplified.time(value))

    def date_and_time(self, day: str, hour: str) -> str:
        return self._simplified.date_and_time(day, hour)

    def duration(self, value: timedelta) -> str:
        return _traditional(self._simplified.duration(value))

    def money(self, value: Money, *, colloquial: bool = False) -> str:
        return _traditional(self._simplified.money(value, colloquial=colloquial))

    def enumeration(self, items: Sequence[str]) -> str:
        return self._simplified.enumeration(items)


def _traditional(words: str) -> str:
    return words.translate(_CHARACTERS)
