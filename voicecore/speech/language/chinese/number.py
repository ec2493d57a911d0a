"""Whole numbers in Mandarin: 万 and 亿, where 零 is said, and 两 against 二."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ((1000, "千"), (100, "百"), (10, "十"))
WAN: Final = 10_000
YI: Final = 100_000_000
LIMIT: Final = WAN * WAN * YI
"""From here on a number is said digit by digit."""


def cardinal(value: int) -> str:
    """The number in simplified characters.

    A 2 that begins the number is 两 before 千, 万 and 亿, and 二 elsewhere: 两千二百二十二, 三万二千.

    >>> cardinal(10), cardinal(105), cardinal(20_000), cardinal(100_010)
    ('十', '一百零五', '两万', '十万零一十')
    """
    if value < 0:
        return "负" + cardinal(-value)
    if value >= LIMIT:
        return digit_by_digit(str(value))
    words = _counted(value)
    if words.startswith("一十"):
        return words[1:]
    if words[0] == "二" and words[1:2] in ("千", "万", "亿"):
        return "两" + words[1:]
    return words


def counted(value: int) -> str:
    """The number before a measure word, where a plain 2 is 两: 两个, but 十二个.

    >>> counted(2), counted(12), counted(-2)
    ('两', '十二', '负两')
    """
    return {2: "两", -2: "负两"}.get(value) or cardinal(value)


def digit_by_digit(digits: str) -> str:
    """
    >>> digit_by_digit("2026")
    '二零二六'
    """
    return "".join(DIGITS[int(digit)] for digit in digits)


def _counted(value: int) -> str:
    """With 一十 for ten: what stands within a longer number."""
    for unit, name in ((YI, "亿"), (WAN, "万")):
        if value >= unit:
            high, low = divmod(value, unit)
            return _counted(high) + name + _after(low, unit)
    for unit, name in _PLACES:
        if value >= unit:
            high, low = divmod(value, unit)
            return DIGITS[high] + name + _after(low, unit)
    return DIGITS[value]


def _after(value: int, unit: int) -> str:
    """What follows a unit: one 零 stands for all places left empty right behind it."""
    if not value:
        return ""
    return ("零" if value < unit // 10 else "") + _counted(value)
