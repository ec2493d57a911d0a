"""Whole numbers from English words, and the digits of strings that are said in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicecore.speech.language.english import number

UNITS: Final = {word: value for value, word in enumerate(number.DIGITS) if value}
_TEENS: Final = {number.cardinal(value): value for value in range(10, 20)}
_TENS: Final = {number.cardinal(value): value for value in range(20, 100, 10)}
_SCALES: Final = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS: Final = {tuple(number.ordinal(value).split("-")): value for value in range(1, 100)}
_NOUGHTS: Final = frozenset({"zero", "oh", "o", "nought", "naught"})
_SOUND_ALIKE: Final = {"won": 1, "to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "niner": 9}
"""What a recogniser writes for a digit that is said alone."""
_REPEATS: Final = {"double": 2, "triple": 3, "treble": 3}
_LONGEST_NUMERAL: Final = 64

DIGIT_WORDS: Final = ("zero", "oh", *UNITS, "double", "triple")


def cardinal(words: Sequence[str]) -> int | None:
    """A number in words, or one numeral.

    >>> cardinal("two thousand and twenty six".split()), cardinal(["1200"]), cardinal("twenty thirty".split())
    (2026, 1200, None)
    """
    plain = [word for word in words if word != "and"]
    if len(plain) == 1 and plain[0] in _NOUGHTS:
        return 0
    total, ceiling, group = 0, 10**12, list[str]()
    for word in plain:
        scale = _SCALES.get(word)
        if scale is None:
            group.append(word)
            continue
        count = below_thousand(group)
        if not count or scale >= ceiling:
            return None
        total, ceiling, group = total + count * scale, scale, []
    if not group:
        return total or None
    rest = below_thousand(group)
    return None if rest is None or rest >= ceiling else total + rest


def below_thousand(words: Sequence[str]) -> int | None:
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) <= _LONGEST_NUMERAL:
        return int(words[0])
    if "hundred" not in words:
        return below_hundred(words)
    at = list(words).index("hundred")
    hundreds, rest = below_hundred(words[:at]), below_hundred(words[at + 1 :])
    if words[:at] == ["a"]:
        hundreds = 1
    if not hundreds or (rest is None and words[at + 1 :]):
        return None
    return hundreds * 100 + (rest or 0)


def below_hundred(words: Sequence[str]) -> int | None:
    match words:
        case [word]:
            known = UNITS.get(word) or _TEENS.get(word) or _TENS.get(word)
            return int(word) if known is None and word.isdecimal() and len(word) <= 2 else known
        case [tens, unit] if tens in _TENS and unit in UNITS:
            return _TENS[tens] + UNITS[unit]
        case _:
            return None


def ordinal(words: Sequence[str]) -> int | None:
    """A place in an order from 1 to 99, in words or as 23rd."""
    match words:
        case [word] if word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th"):
            return int(word[:-2]) if len(word) <= 4 else None
        case _:
            return _ORDINALS.get(tuple(words))


def year(words: Sequence[str]) -> int | None:
    """A year of four digits, in two halves or as a number.

    >>> year("twenty twenty six".split()), year("nineteen oh five".split()), year(["2026"])
    (2026, 1905, 2026)
    """
    value = cardinal(words)
    for cut in range(1, len(words)):
        century, rest = below_hundred(words[:cut]), below_hundred(words[cut:])
        if words[cut] in _NOUGHTS and rest is None:
            rest = below_hundred(words[cut + 1 :])
            rest = rest if rest is not None and rest < 10 else None
        if century is not None and rest is not None and century >= 10:
            value = century * 100 + rest
    return value if value is not None and 1000 <= value <= 9999 else None


def digits(words: Sequence[str]) -> str | None:
    """The digits of a string, as people group them.

    >>> digits("one two oh double five".split()), digits("five hundred twenty one".split())
    ('12055', '50021')
    """
    found, at = "", 0
    while at < len(words):
        count = _REPEATS.get(words[at], 1)
        at += count > 1
        taken, length = _group(words[at:])
        if not length or (count > 1 and len(taken) > 1):
            return None
        found, at = found + taken * count, at + length
    return found or None


def _group(words: Sequence[str]) -> tuple[str, int]:
    """The digits that the first words are, and how many words they took; 0 for none."""
    if not words:
        return "", 0
    word = words[0]
    if word in _NOUGHTS:
        return "0", 1
    if word.isdecimal():
        return word, 1
    value = below_hundred(words[:2])
    if len(words) > 1 and value is not None and word in _TENS:
        return str(value), 2
    value = below_hundred(words[:1])
    value = _SOUND_ALIKE.get(word) if value is None else value
    if value is None:
        return "", 0
    if len(words) > 1 and value < 10 and words[1] in ("hundred", "thousand"):
        return str(value) + ("00" if words[1] == "hundred" else "000"), 2
    return str(value), 1
