"""What the rules of every language can read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from voicecore.speech.recognition.grammar import Answer, Command


class Day(NamedTuple):
    """A day as it was said; `year` None: it was left out."""

    year: int | None
    month: int
    day: int


class SpokenRules(Protocol):
    """Words to values. Pure; what is not of the kind asked for is None, never an error."""

    @property
    def joint(self) -> str:
        """What stands between the words of a text."""
        ...

    @property
    def answers(self) -> Mapping[Answer, tuple[str, ...]]: ...

    @property
    def commands(self) -> Mapping[Command, tuple[str, ...]]: ...

    @property
    def digit_words(self) -> tuple[str, ...]:
        """All words of which a digit string is made, as a recogniser has to know them."""
        ...

    def words(self, text: str) -> tuple[str, ...]:
        """What tells one text from another: no case, no punctuation."""
        ...

    def is_filler(self, word: str) -> bool:
        """Whether it may stand beside any answer and change nothing, as "please" does."""
        ...

    def digits(self, text: str) -> str | None: ...
    def number(self, text: str) -> int | None: ...

    def amount(self, text: str) -> Decimal | None:
        """Of money, in whole units of whatever currency was said."""
        ...

    def day(self, text: str, today: date) -> Day | None:
        """`today` is what "tomorrow" counts from."""
        ...

    def characters(self, text: str) -> str | None:
        """A string that was spelt: letters in capitals, digits, * and #."""
        ...
