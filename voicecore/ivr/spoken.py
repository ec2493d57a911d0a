"""What a question listens for, and what was said as the keys that would have said the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from voicecore.ivr import kinds
from voicecore.ivr.options import UniversalOption, ways_of
from voicecore.speech.recognition import grammar
from voicecore.speech.recognition.grammar import Answer, Answers, Command, Grammar

_COMMANDS: Final = {
    UniversalOption.REPEAT: Command.REPEAT,
    UniversalOption.BACK: Command.BACK,
    UniversalOption.OPERATOR: Command.OPERATOR,
}
OPTIONS: Final = {command: option for option, command in _COMMANDS.items()}


def grammar_of(answers: Answers | None, universal: Iterable[UniversalOption]) -> Grammar | None:
    """Answers, and the universal options of the question beside them; None: nothing is listened for."""
    return None if answers is None else Grammar(answers, frozenset(_COMMANDS[one] for one in universal))


def answers_of(kind: kinds.Kind[Any], language: str, today: date) -> Answers | None:
    """What is said for an answer of this kind; None: it is taken by keys alone."""
    match kind:
        case kinds.WholeNumber(low, high):
            return grammar.WholeNumber(low, high)
        case kinds.Amount(low, high, decimals):
            return grammar.Amount(low, high, decimals)
        case kinds.DigitString(least, most):
            return grammar.DigitString(least, most or least)
        case kinds.PhoneNumber():
            return grammar.DigitString(3, 20)
        case kinds.CalendarDate(_, earliest, latest):
            return grammar.Dates(today, earliest, latest)
        case kinds.YesNo():
            return grammar.YesNo()
        case kinds.Pattern(expression, most):
            return grammar.Pattern(expression, most)
        case kinds.OneOf():
            ways = ways_of(kind.listens, kind.values, language)
            return grammar.Choices(ways) if ways else None
        case _:
            return None


def keys_of(kind: kinds.Kind[Any], meaning: str) -> str:
    """The keys for what was said, so that it is judged and read back as they would be."""
    match kind:
        case kinds.YesNo(yes, no):
            return yes if meaning == Answer.YES.value else no
        case kinds.Amount():
            whole, point, fraction = meaning.partition(".")
            return f"{whole}*{fraction.rstrip('0')}" if point and fraction.strip("0") else whole
        case kinds.CalendarDate(order):
            year, month, day = meaning.split("-")
            parts = {"Y": year, "M": month, "D": day}
            return "".join(parts[letter] for letter in order.value)
        case _:
            return meaning
