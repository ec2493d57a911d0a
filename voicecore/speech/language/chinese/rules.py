"""Mandarin words for values, in simplified characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from voicecore.speech.language.chinese import number
from voicecore.speech.language.money import Money
from voicecore.speech.language.rules import DateStyle
from voicecore.speech.language.split import hours_and_more, whole_and_decimals

_WEEKDAYS: Final = "一二三四五六日"
_UNITS: Final = ("天", "小时", "分钟", "秒")
_DAY_PARTS: Final = ((6, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
"""Each with the hour before which it ends."""
_SIGNS: Final = {
    "*": "星号",
    "#": "井号",
    "+": "加",
    "-": "杠",
    "_": "下划线",
    "/": "斜杠",
    "@": "艾特",
    ".": "点",
    ":": "冒号",
    " ": "空格",
}
_CURRENCIES: Final = {
    "AUD": "澳元",
    "CAD": "加元",
    "CHF": "瑞士法郎",
    "EUR": "欧元",
    "GBP": "英镑",
    "HKD": "港元",
    "INR": "卢比",
    "JPY": "日元",
    "KRW": "韩元",
    "SGD": "新加坡元",
    "TWD": "元新台币",
    "USD": "美元",
}


@dataclass(frozen=True, slots=True)
class Chinese:
    """Numbers, dates and money as Mandarin says them."""

    pause: str = "，"

    def number(self, value: Decimal) -> str:
        sign, whole, decimals = whole_and_decimals(value)
        words = number.cardinal(whole)
        if decimals:
            words += "点" + number.digit_by_digit(decimals)
        return f"负{words}" if sign else words

    def count(self, value: Decimal, forms: Sequence[str]) -> str:
        """With the measure word: 两条, 十二条, 二点五条."""
        whole = value == value.to_integral_value()
        return (number.counted(int(value)) if whole else self.number(value)) + forms[-1]

    def plural(self, value: Decimal, forms: Sequence[str]) -> str:
        return forms[-1]

    def ordinal(self, value: int) -> str:
        return f"第{number.cardinal(value)}"

    def year(self, value: int) -> str:
        return number.digit_by_digit(str(value))

    def percent(self, value: Decimal) -> str:
        return f"{'负' if value < 0 else ''}百分之{self.number(abs(value))}"

    def character(self, character: str, *, yao: bool = False) -> str:
        if character == "1" and yao:
            return "幺"
        if character in "0123456789":
            return number.digit_by_digit(character)
        return _SIGNS.get(character, character.upper())

    def date(self, value: date, style: DateStyle) -> str:
        """二零二六年三月五日星期四; colloquial 三月五号."""
        words = f"{self.year(value.year)}年" if style.year else ""
        words += f"{number.cardinal(value.month)}月{number.cardinal(value.day)}"
        words += "号" if style.colloquial else "日"
        return f"{words}星期{_WEEKDAYS[value.weekday()]}" if style.weekday else words

    def time(self, value: time) -> str:
        """上午九点零五分, 下午两点半; seconds are not said."""
        part = next(name for end, name in _DAY_PARTS if value.hour < end)
        hour = value.hour - 12 if value.hour > 12 else value.hour
        words = f"{part}{number.counted(hour)}点"
        match value.minute:
            case 0:
                return words
            case 30:
                return f"{words}半"
            case minute:
                return f"{words}{'零' if minute < 10 else ''}{number.cardinal(minute)}分"

    def date_and_time(self, day: str, hour: str) -> str:
        return f"{day}{hour}"

    def duration(self, value: timedelta) -> str:
        """两天三小时五分钟."""
        sign, amounts = hours_and_more(value)
        said = [number.counted(amount) + unit for amount, unit in zip(amounts, _UNITS, strict=True) if amount]
        return ("负" if sign else "") + ("".join(said) or "零秒")

    def money(self, value: Money, *, colloquial: bool = False) -> str:
        """十二元五角, 两元零三分. Other currencies with a point: 十二点五美元."""
        if value.currency == "CNY":
            return self._renminbi(value.minor, "块毛分" if colloquial else "元角分")
        name = _CURRENCIES.get(value.currency, value.currency)
        # Of 12.50 the nought is not said; normalize() alone would make 1E+1 of 10.
        return self.count(Decimal(format(value.amount.normalize(), "f")), (name,))

    def _renminbi(self, fen: int, units: str) -> str:
        yuan, rest = divmod(abs(fen), 100)
        jiao, fen_left = divmod(rest, 10)
        words = "负" if fen < 0 else ""
        if yuan or not rest:
            words += number.counted(yuan) + units[0]
        if jiao:
            words += number.counted(jiao) + units[1]
        if fen_left:
            words += ("零" if yuan and not jiao else "") + number.counted(fen_left) + units[2]
        return words

    def enumeration(self, items: Sequence[str]) -> str:
        *head, last = items or ("",)
        return f"{'、'.join(head)}和{last}" if head else last
