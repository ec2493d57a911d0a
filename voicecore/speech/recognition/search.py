"""What a recogniser is told to look for: words only, since meanings are not its business."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from voicecore.speech.recognition.grammar import (
    Amount,
    Choices,
    Dates,
    DigitString,
    Free,
    Grammar,
    Pattern,
    WholeNumber,
    YesNo,
)
from voicecore.speech.recognition.words.registry import spoken_rules


class SearchKind(Enum):
    PHRASES = "phrases"
    """One of the phrases is said, or something else, which is told as it was heard."""
    REPEATED = "repeated"
    """The phrases, mostly single words, are said one after the other in any order."""
    FREE = "free"
    """Anything may be said."""


@dataclass(frozen=True, slots=True)
class Search:
    kind: SearchKind
    phrases: tuple[str, ...] = ()


def search_of(grammar: Grammar, language: str) -> Search:
    """Raises Unavailable for a language whose words nobody knows."""
    rules = spoken_rules(language)
    commands = [phrase for one in grammar.commands for phrase in rules.commands[one]]
    match grammar.answers:
        case Choices(ways):
            return _phrases([*(phrase for way in ways for phrase in way.phrases), *commands])
        case YesNo():
            return _phrases([*(phrase for said in rules.answers.values() for phrase in said), *commands])
        case DigitString(_, 1):
            return _phrases([word for word in rules.digit_words if rules.digits(word)] + commands)
        case DigitString():
            return Search(SearchKind.REPEATED, tuple(dict.fromkeys([*rules.digit_words, *commands])))
        case WholeNumber() | Amount() | Dates() | Pattern() | Free():
            return Search(SearchKind.FREE)
        case _:
            assert_never(grammar.answers)


def _phrases(phrases: list[str]) -> Search:
    return Search(SearchKind.PHRASES, tuple(dict.fromkeys(phrases)))
