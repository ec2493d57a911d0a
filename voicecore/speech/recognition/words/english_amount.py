"""Amounts of money from English words: in whole units and in their parts, with a point, or as numerals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from voicecore.speech.language.english.currency import CURRENCIES
from voicecore.speech.recognition.words import english_number

_WORD: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+(?:'[a-z]+)*")
_GROUPED: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_LONGEST: Final = 200
_MAJOR: Final = frozenset(
    {"bucks", "buck", "quid", *(name for one in CURRENCIES.values() for name in one.major)}
)
_MINOR: Final = frozenset({"p", *(name for one in CURRENCIES.values() for name in one.minor)})


def words_of(text: str) -> list[str]:
    """A numeral with its point is one word; names of currencies of several words are one as well."""
    plain = _GROUPED.sub("", text[:_LONGEST].casefold())
    for name in _LONG_NAMES:
        plain = plain.replace(name.casefold(), name.split()[-1])
    return _WORD.findall(plain)


def amount(words: Sequence[str]) -> Decimal | None:
    """In whole units.

    >>> amount("twelve dollars and fifty cents".split()), amount("three point two five".split()), amount(["0.5"])
    (Decimal('12.50'), Decimal('3.25'), Decimal('0.5'))
    """
    major = next((at for at, word in enumerate(words) if word in _MAJOR), -1)
    if major < 0:
        if words and words[-1] in _MINOR:
            return _parts(words[:-1])
        return _number(words)
    whole = _number(words[:major])
    rest = [word for word in words[major + 1 :] if word != "and"]
    rest = rest[:-1] if rest and rest[-1] in _MINOR else rest
    if whole is None or not rest:
        return whole
    parts = _parts(rest)
    return None if parts is None or whole != int(whole) else whole + parts


def _parts(words: Sequence[str]) -> Decimal | None:
    """Hundredths, of which there are less than a hundred."""
    count = english_number.below_hundred([word for word in words if word != "and"])
    return None if count is None or not count else Decimal(count).scaleb(-2)


def _number(words: Sequence[str]) -> Decimal | None:
    if len(words) == 1 and words[0][0].isdecimal():
        return Decimal(words[0])
    if "point" not in words:
        whole = english_number.cardinal(words)
        return None if whole is None else Decimal(whole)
    at = list(words).index("point")
    before = english_number.cardinal(words[:at]) if at else 0
    after = english_number.digits(words[at + 1 :])
    return None if before is None or not after else Decimal(f"{before}.{after}")


_LONG_NAMES: Final = tuple(
    name for one in CURRENCIES.values() for name in sorted(one.major, key=len, reverse=True) if " " in name
)
