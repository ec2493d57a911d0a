"""Reads number words back, written apart from the rules that say them: the tests' own opinion."""

from __future__ import annotations

import re

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_LARGE = (
    "thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion "
    "decillion"
)


def _words(text: str) -> list[str]:
    return re.findall("[a-z]+", text)


_ENGLISH = {word: value for value, word in enumerate(_words(_SMALL))} | {
    word: 10 * value for value, word in enumerate(_words(_TENS), 2)
}
_ENGLISH_SCALES = {word: 1000**power for power, word in enumerate(_words(_LARGE), 1)}
_CHINESE = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE_PLACES = {"十": 10, "百": 100, "千": 1000}


def english(text: str) -> int:
    total = group = 0
    for word in _words(text):
        if word == "and":
            continue
        if word == "hundred":
            group *= 100
        elif word in _ENGLISH_SCALES:
            total, group = total + group * _ENGLISH_SCALES[word], 0
        else:
            group += _ENGLISH[word]
    return total + group


def chinese(text: str) -> int:
    for unit, value in (("亿", 10**8), ("万", 10**4)):
        # The last 亿 parts the number, since what is before it may hold 万.
        if unit in text:
            high, _, low = text.rpartition(unit)
            return chinese(high) * value + (chinese(low) if low else 0)
    total, digit = 0, None
    for character in text:
        if character in _CHINESE_PLACES:
            total += (1 if digit is None else digit) * _CHINESE_PLACES[character]
            digit = None
        else:
            digit = _CHINESE[character] or None
    return total + (digit or 0)
