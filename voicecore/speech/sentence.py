"""A long text in sentences, so that the first is heard while the others are still being made."""

from __future__ import annotations

import re
from typing import Final

LONG: Final = 120
"""Letters from which a text is worth taking apart: some eight seconds."""

SHORTEST: Final = 40
"""Letters that a part has at least, so that an engine is not started for every word."""

_LETTERS_A_CHARACTER: Final = 3  # what takes as long to say as one Chinese character
_END: Final = re.compile(r"(?<![.!?])[.!?]++[\"')\]]*+\s++|[。！？；]+[”’）」]*\s*")
_ABBREVIATION: Final = re.compile(r"(?:^|[\s(])(?:[A-Z][a-z]{0,2}|(?:[A-Za-z]\.)+[A-Za-z])$")


def sentences(text: str) -> list[str]:
    """The text in parts that can be said one by one; the whole where it is short or cannot be taken apart.

    Rather too few parts than one that ends within a sentence: not behind what may be an abbreviation.

    >>> sentences("One moment.")
    ['One moment.']
    """
    if _length(text) < LONG:
        return [text]
    parts: list[str] = []
    begin = 0
    for end in _END.finditer(text):
        if _ends(text, end) and _length(part := text[begin : end.end()]) >= SHORTEST:
            parts.append(part)
            begin = end.end()
    rest = text[begin:]
    if parts and _length(rest) < SHORTEST:
        rest = parts.pop() + rest
    return [part.strip() for part in (*parts, rest)]


def _ends(text: str, end: re.Match[str]) -> bool:
    if not end[0].startswith("."):
        return True
    before = text[max(0, end.start() - 20) : end.start()]
    following = text[end.end() : end.end() + 1]
    return not _ABBREVIATION.search(before) and not following.islower() and not following.isdigit()


def _length(text: str) -> int:
    """In letters."""
    wide = sum(character > "\u2e7f" for character in text)
    return len(text) + wide * (_LETTERS_A_CHARACTER - 1)
