"""What English speakers say to a machine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from voicecore.speech.recognition.grammar import Answer, Command
from voicecore.speech.recognition.words import english_amount, english_number
from voicecore.speech.recognition.words.rules import Day

_WORD: Final = re.compile(r"[0-9]+(?:st|nd|rd|th)?(?![a-z0-9])|[0-9]+|[a-z]+(?:'[a-z]+)*")
_GROUPED: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_FILLERS: Final = frozenset(
    (
        *("um", "uh", "er", "erm", "ah", "hmm", "well", "so", "please", "thanks", "hello", "hi"),
        *("the", "it", "it's", "is", "my", "number", "that's", "i'd", "like", "want", "i", "say"),
    )
)
_MONTHS: Final = {
    name: month
    for month, name in enumerate(
        (
            *("january", "february", "march", "april", "may", "june"),
            *("july", "august", "september", "october", "november", "december"),
        ),
        1,
    )
}
_WEEKDAYS: Final = {
    name: day
    for day, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}
_NEAR: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}
_SPELT: Final = {
    word.casefold(): word[0].upper()
    for word in (
        *("alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india"),
        *("juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo"),
        *("sierra", "tango", "uniform", "victor", "whiskey", "whisky", "yankee", "zulu", "zed", "zee"),
    )
} | {"star": "*", "asterisk": "*", "pound": "#", "hash": "#"}


@dataclass(frozen=True, slots=True)
class SpokenEnglish:
    """`british`: the day stands before the month in dates of numerals."""

    british: bool = False
    joint: str = " "

    @property
    def answers(self) -> Mapping[Answer, tuple[str, ...]]:
        return {
            Answer.YES: (
                *("yes", "yeah", "yep", "yup", "yes please", "correct", "right", "that's right"),
                *("that's correct", "sure", "okay", "ok", "of course", "true", "it is"),
            ),
            Answer.NO: (
                *("no", "nope", "nah", "no thanks", "no thank you", "wrong", "that's wrong", "incorrect"),
                *("not right", "not correct", "false", "it isn't", "it is not", "not really"),
            ),
        }

    @property
    def commands(self) -> Mapping[Command, tuple[str, ...]]:
        return {
            Command.REPEAT: ("repeat", "repeat that", "say that again", "again", "pardon"),
            Command.BACK: ("back", "go back", "previous"),
            Command.OPERATOR: ("operator", "agent", "representative", "a person", "human", "somebody"),
        }

    @property
    def digit_words(self) -> tuple[str, ...]:
        return english_number.DIGIT_WORDS

    def words(self, text: str) -> tuple[str, ...]:
        plain = _GROUPED.sub("", text.casefold().replace("’", "'"))
        return tuple(_WORD.findall(plain))

    def is_filler(self, word: str) -> bool:
        return word in _FILLERS

    def digits(self, text: str) -> str | None:
        return english_number.digits(self._without_fillers(text, "and", "then"))

    def number(self, text: str) -> int | None:
        words = self._without_fillers(text)
        value = english_number.cardinal(words)
        if value is None and (digits := english_number.digits(words)) is not None:
            return int(digits)
        return value

    def amount(self, text: str) -> Decimal | None:
        words = english_amount.words_of(text.replace("-", " "))
        return english_amount.amount([word for word in words if not self.is_filler(word)])

    def day(self, text: str, today: date) -> Day | None:
        words = self._without_fillers(text, "of", "on", "next", "this")
        if len(words) == 1 and (near := self._near(words[0], today)):
            return Day(*near.timetuple()[:3])
        words = [word for word in words if word not in _WEEKDAYS]
        months = [at for at, word in enumerate(words) if word in _MONTHS]
        if not months:
            return self._numerals(words)
        before, month, after = words[: months[0]], _MONTHS[words[months[0]]], words[months[0] + 1 :]
        if before:
            day = _day_of_month(before)
            return None if day is None else _with_year(day, month, after)
        found = (
            _with_year(day, month, after[cut:])
            for cut in (2, 1)
            if (day := _day_of_month(after[:cut])) is not None and len(after) >= cut
        )
        return next((day for day in found if day is not None), None)

    def characters(self, text: str) -> str | None:
        words = [
            word for word in text.replace("-", " ").split() if not self.is_filler(word.strip(".,").lower())
        ]
        found, at = "", 0
        while at < len(words):
            taken, length = _character(words[at:])
            if not length:
                return None
            found, at = found + taken, at + length
        return found or None

    def _without_fillers(self, text: str, *more: str) -> list[str]:
        return [word for word in self.words(text) if word not in more and not self.is_filler(word)]

    def _near(self, word: str, today: date) -> date | None:
        if word in _NEAR:
            return today + timedelta(days=_NEAR[word])
        if word in _WEEKDAYS:
            return today + timedelta(days=(_WEEKDAYS[word] - today.weekday() - 1) % 7 + 1)
        return None

    def _numerals(self, words: Sequence[str]) -> Day | None:
        if len(words) != 3 or not all(word.isdecimal() and len(word) <= 4 for word in words):
            return None
        first, second, third = map(int, words)
        if first > 31:
            return Day(first, second, third)
        month, day = (second, first) if self.british or first > 12 else (first, second)
        return Day(third, month, day)


def _day_of_month(words: Sequence[str]) -> int | None:
    ordinal = english_number.ordinal(words)
    return english_number.below_hundred(words) if ordinal is None else ordinal


def _with_year(day: int, month: int, words: Sequence[str]) -> Day | None:
    if not words:
        return Day(None, month, day)
    year = english_number.year(words)
    return None if year is None else Day(year, month, day)


def _character(words: Sequence[str]) -> tuple[str, int]:
    """What the first words spell, and how many of them it took; 0 for nothing."""
    plain = [word.strip(".,!?;:'").lower() for word in words]
    match plain:
        case ["double", "u" | "you", *_]:
            return "W", 2
        case ["double" | "triple" as times, *_] if len(plain) > 1:
            taken, length = _character(words[1:2])
            return taken * (2 if times == "double" else 3), 2 * length
        case ["x", "ray", *_]:
            return "X", 2
        case [letter, "as", "in", _, *_] if len(letter) == 1:
            return letter.upper(), 4
        case [word, *_] if word in _SPELT:
            return _SPELT[word], 1
        case [word, *_] if len(word) == 1 and word.isascii() and word.isalnum():
            return word.upper(), 1
        case [word, *_] if word.isascii() and word.isalnum() and words[0].upper() == words[0]:
            return word.upper(), 1
        case [word, *_]:
            return english_number.digits([word]) or "", 1 if english_number.digits([word]) else 0
        case _:
            return "", 0
