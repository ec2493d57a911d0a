"""What a question listens for, as values. They know no engine and no words of any language but a menu's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from voicecore.errors import UsageError

MOST_PHRASES: Final = 500
"""Ways to say something that one set of choices may hold."""

LONGEST: Final = 64
"""Characters that a spoken string of digits or letters may have."""


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that may be said: what it means, and the phrases for it."""

    meaning: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """One of several things; the meaning is that of its `Way`. Raises UsageError where one phrase means two."""

    ways: tuple[Way, ...]

    def __post_init__(self) -> None:
        said = [(phrase.casefold().strip(), way.meaning) for way in self.ways for phrase in way.phrases]
        if not said or any(not phrase for phrase, _ in said):
            raise UsageError("choices need phrases, and no empty one")
        if len(said) > MOST_PHRASES:
            raise UsageError(f"{len(said)} phrases, more than {MOST_PHRASES}")
        meanings: dict[str, str] = {}
        for phrase, meaning in said:
            if meanings.setdefault(phrase, meaning) != meaning:
                raise UsageError(f"{phrase!r} means both {meanings[phrase]!r} and {meaning!r}")


class Answer(Enum):
    """Meanings of `YesNo`."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class YesNo:
    """The meaning is the value of an `Answer`."""


@dataclass(frozen=True, slots=True)
class DigitString:
    """Digits said one by one, with oh, double and triple, or in groups; the meaning is the digits."""

    least: int = 1
    most: int = LONGEST

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most <= LONGEST:
            raise UsageError(f"from {self.least} to {self.most} digits is no length")


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A number from `low` to `high`; the meaning is its decimal digits."""

    low: int = 0
    high: int = 999_999

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise UsageError(f"from {self.low} to {self.high} there is no number")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money from `low` to `high` with at most so many decimals; the meaning is the number with a point, 12.5."""

    low: Decimal = Decimal(0)
    high: Decimal = Decimal(999_999)
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Dates:
    """A day from `earliest` to `latest`; the meaning is ISO 8601, 2026-11-23.

    Without a year it is the next such day from `today` on, or where that is too late, the last one before.
    """

    today: date
    earliest: date = date.min
    latest: date = date.max


@dataclass(frozen=True, slots=True)
class Pattern:
    """Letters, digits and the keys * and #, said one by one, that a regular expression matches as a whole.

    The meaning is the string, letters in capitals. Letters may be spelt as "bravo" or "b as in bravo".
    """

    expression: str
    most: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.most <= LONGEST:
            raise UsageError(f"a spoken string has 1 to {LONGEST} characters, not {self.most}")
        try:
            re.compile(self.expression)
        except re.error as error:
            raise UsageError(f"no regular expression: {self.expression!r}: {error}") from error


@dataclass(frozen=True, slots=True)
class Free:
    """Anything; the meaning is the text."""


class Command(Enum):
    """What may be said in answer to any question. The words are the language's."""

    REPEAT = "repeat"
    BACK = "back"
    OPERATOR = "operator"


Answers = Choices | YesNo | DigitString | WholeNumber | Amount | Dates | Pattern | Free


@dataclass(frozen=True, slots=True)
class Grammar:
    """Answers to one question, and the commands that may be said in place of one."""

    answers: Answers
    commands: frozenset[Command] = field(default_factory=frozenset)
