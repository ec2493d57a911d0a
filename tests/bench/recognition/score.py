"""How well a recogniser did: words that are wrong, grammars that were right, intervals. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from voicecore.speech.language.english.number import DIGITS
from voicecore.speech.recognition.words.registry import spoken_rules

_SAME: Final = {"voice mail": "voicemail", "log in": "login", "mailbox": "mail box", "reenter": "re enter"}
"""Spellings that no listener tells apart."""


def words(text: str) -> list[str]:
    """As they are compared: numerals are words, and spellings that sound alike are one."""
    plain = f" {' '.join(spoken_rules('en').words(text))} "
    for digit, word in enumerate(DIGITS):
        plain = plain.replace(f" {digit} ", f" {word} ")
    for spelling, other in _SAME.items():
        plain = plain.replace(f" {spelling} ", f" {other} ")
    return plain.split()


def wrong_words(said: str, heard: str) -> tuple[int, int]:
    """Insertions, deletions and substitutions, and how many words were said (Levenshtein over words)."""
    wanted, got = words(said), words(heard)
    row = list(range(len(got) + 1))
    for at, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], at
        for column, other in enumerate(got, 1):
            cheapest = min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
            diagonal, row[column] = row[column], cheapest
    return row[-1], len(wanted)


def interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson)."""
    if not of:
        return 0.0, 1.0
    share, square = right / of, 1.96**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = 1.96 * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0
