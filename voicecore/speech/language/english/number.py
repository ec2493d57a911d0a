"""Whole numbers in English: cardinals, ordinals, years."""

from __future__ import annotations

from typing import Final

DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = (
    *("", "thousand", "million", "billion", "trillion", "quadrillion"),
    *("quintillion", "sextillion", "septillion", "octillion", "nonillion", "decillion"),
)
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LIMIT: Final = 1000 ** len(_SCALES)
"""From here on a number has no name here, and is said digit by digit."""


def cardinal(value: int, *, british: bool = False) -> str:
    """The number in words; the British say "and" before what follows the hundreds.

    >>> cardinal(1205), cardinal(1205, british=True)
    ('one thousand two hundred five', 'one thousand two hundred and five')
    """
    if value < 0:
        return f"minus {cardinal(-value, british=british)}"
    if value >= LIMIT:
        return " ".join(DIGITS[int(digit)] for digit in str(value))
    if value < 100:
        return _below_hundred(value)
    words: list[str] = []
    for power in range(len(_SCALES) - 1, 0, -1):
        group = value // 1000**power % 1000
        if group:
            words += [_below_thousand(group, british), _SCALES[power]]
    last = value % 1000
    if last:
        if british and last < 100 < value:
            words.append("and")
        words.append(_below_thousand(last, british))
    return " ".join(words)


def ordinal(value: int, *, british: bool = False) -> str:
    """The place in an order.

    >>> ordinal(1), ordinal(22), ordinal(30), ordinal(100)
    ('first', 'twenty-second', 'thirtieth', 'one hundredth')
    """
    words = cardinal(value, british=british)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:cut], words[cut:]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(value: int, *, british: bool = False) -> str:
    """A year as it is said, in two halves where people do so.

    >>> year(1999), year(1905), year(2000), year(2026)
    ('nineteen ninety-nine', 'nineteen oh five', 'two thousand', 'twenty twenty-six')
    """
    century, rest = divmod(value, 100)
    if not 1000 < value < 10_000 or (century % 10 == 0 and rest < 10):
        return cardinal(value, british=british)
    if not rest:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {two_digits(rest)}"


def two_digits(value: int) -> str:
    """1 to 99 behind an hour or a century, where a nought is "oh".

    >>> two_digits(5), two_digits(26)
    ('oh five', 'twenty-six')
    """
    return f"oh {DIGITS[value]}" if value < 10 else _below_hundred(value)


def _below_hundred(value: int) -> str:
    if value < 10:
        return DIGITS[value]
    if value < 20:
        return _TEENS[value - 10]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{DIGITS[ones]}" if ones else "")


def _below_thousand(value: int, british: bool) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    joint = " and " if british else " "
    return f"{DIGITS[hundreds]} hundred" + (joint + _below_hundred(rest) if rest else "")
