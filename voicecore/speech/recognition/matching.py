"""Text to meaning: what was said, by the grammar of the question. Pure, and the same for every recogniser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple, assert_never

from voicecore.speech.recognition.grammar import (
    Amount,
    Answers,
    Choices,
    Command,
    Dates,
    DigitString,
    Free,
    Grammar,
    Pattern,
    Way,
    WholeNumber,
    YesNo,
)
from voicecore.speech.recognition.words.registry import spoken_rules
from voicecore.speech.recognition.words.rules import Day, SpokenRules

MOST_CHARACTERS: Final = 1000
"""Of a text that is looked at; what is longer is no answer."""

MOST_WORDS_BESIDE: Final = 8
"""Words that may stand around a phrase: who says more does not choose."""


class Match(NamedTuple):
    """What was meant. `command`: in place of an answer."""

    meaning: str
    confidence: float
    """0 to 1: how much of what was said the meaning accounts for; the recogniser's own is not in it."""
    command: Command | None = None


def match(grammar: Grammar, text: str, language: str) -> Match | None:
    """None: it is no answer. An answer goes before a command. Raises Unavailable for a language without rules.

    >>> match(Grammar(DigitString(4, 8)), "It's one two, oh, double five.", "en")
    Match(meaning='12055', confidence=1.0, command=None)
    """
    rules = spoken_rules(language)
    if len(text) > MOST_CHARACTERS:
        return None
    command = _command(grammar, rules, text)
    if isinstance(grammar.answers, Free) and command is not None and command.confidence == 1.0:
        return command
    meaning = _answer(grammar.answers, rules, text)
    return meaning if meaning is not None else command


def _command(grammar: Grammar, rules: SpokenRules, text: str) -> Match | None:
    ways = [
        Way(one.value, rules.commands[one]) for one in sorted(grammar.commands, key=lambda one: one.value)
    ]
    found = _said(ways, rules, text)
    return None if found is None else found._replace(command=Command(found.meaning))


def _answer(answers: Answers, rules: SpokenRules, text: str) -> Match | None:
    match answers:
        case Choices(ways):
            return _said(ways, rules, text)
        case YesNo():
            return _said([Way(meaning.value, said) for meaning, said in rules.answers.items()], rules, text)
        case DigitString(least, most):
            digits = rules.digits(text)
            return _certain(digits if digits is not None and least <= len(digits) <= most else None)
        case WholeNumber(low, high):
            number = rules.number(text)
            return _certain(str(number) if number is not None and low <= number <= high else None)
        case Amount(low, high, decimals):
            amount = rules.amount(text)
            if amount is None or not low <= amount <= high or amount != round(amount, decimals):
                return None
            return _certain(str(amount))
        case Dates():
            found = rules.day(text, answers.today)
            day = None if found is None else _date(found, answers)
            return _certain(None if day is None else day.isoformat())
        case Pattern(expression, most):
            spelt = rules.characters(text)
            fits = spelt is not None and len(spelt) <= most and re.fullmatch(expression, spelt, re.IGNORECASE)
            return _certain(spelt if fits else None)
        case Free():
            return _certain(text.strip() or None)
        case _:
            assert_never(answers)


def _certain(meaning: str | None) -> Match | None:
    return None if meaning is None else Match(meaning, 1.0)


class _Found(NamedTuple):
    start: int
    end: int
    meaning: str


def _said(ways: Iterable[Way], rules: SpokenRules, text: str) -> Match | None:
    """The one thing whose phrase the text has; of phrases within each other the longest counts."""
    words = rules.words(text)
    found = [
        _Found(start, start + len(phrase), way.meaning)
        for way in ways
        for spelling in way.phrases
        if (phrase := rules.words(spelling))
        for start in _places(phrase, words)
    ]
    kept = [
        one
        for one in found
        if not any(
            other.start <= one.start
            and one.end <= other.end
            and other.end - other.start > one.end - one.start
            for other in found
        )
    ]
    if len({one.meaning for one in kept}) != 1:
        return None
    covered = {place for one in kept for place in range(one.start, one.end)}
    beside = [word for place, word in enumerate(words) if place not in covered]
    if all(map(rules.is_filler, beside)):
        return Match(kept[0].meaning, 1.0)
    if len(beside) > MOST_WORDS_BESIDE:
        return None
    return Match(kept[0].meaning, round(max(0.5, len(covered) / len(words)), 2))


def _places(phrase: Sequence[str], words: Sequence[str]) -> Iterable[int]:
    last = len(words) - len(phrase)
    return (start for start in range(last + 1) if words[start : start + len(phrase)] == phrase)


def _date(said: Day, dates: Dates) -> date | None:
    years = [said.year] if said.year is not None else _years_from(dates.today.year)
    days = [day for year in years if (day := _valid(year, said.month, said.day)) is not None]
    allowed = [day for day in days if dates.earliest <= day <= dates.latest]
    ahead = [day for day in allowed if day >= dates.today]
    if said.year is not None or not ahead:
        return allowed[-1] if allowed else None
    return ahead[0]


def _years_from(year: int) -> list[int]:
    """Eight years each way hold every day of the calendar, the 29th of February as well."""
    return list(range(year - 8, year + 9))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
