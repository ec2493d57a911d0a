"""Words put together from recorded ones: `twelve.wav`, `dollars.wav`, or 十.wav and 元.wav."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_GAP: Final = re.compile(r"[\s,.;:!?，。、；：！？-]+")
LONGEST: Final = 24
"""Characters of the longest recorded word that is looked for."""


def cover(text: str, recorded: Collection[str]) -> list[str]:
    """The recorded words that say the text whole, the longest first at each place; nothing where one is missing.

    Where words are written apart, a recording stands for whole words only.

    >>> cover("Twenty-one dollars", {"twenty", "one", "dollars"})
    ['twenty', 'one', 'dollars']
    >>> cover("二十一元", {"二", "十", "一", "十一", "元"})
    ['二', '十一', '元']
    """
    words: list[str] = []
    lowered = text.lower()
    place = _after_gap(lowered, 0)
    while place < len(lowered):
        longest = min(LONGEST, len(lowered) - place)
        found = next(
            (
                lowered[place : place + length]
                for length in range(longest, 0, -1)
                if lowered[place : place + length] in recorded and _ends_word(lowered, place + length)
            ),
            None,
        )
        if found is None:
            return []
        words.append(found)
        place = _after_gap(lowered, place + len(found))
    return words


def _after_gap(text: str, place: int) -> int:
    gap = _GAP.match(text, place)
    return gap.end() if gap else place


def _ends_word(text: str, place: int) -> bool:
    """Latin letters on both sides of a place belong to one word."""
    around = text[place - 1 : place + 1]
    return len(around) < 2 or not (around.isascii() and around.isalnum())
