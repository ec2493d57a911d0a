"""The kinds of placeholders, `{amount:money}`: which values each takes, and how a language says them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, TypeVar

from voicecore.errors import UsageError
from voicecore.speech.language.money import Money
from voicecore.speech.language.phone import groups_of_number
from voicecore.speech.language.rules import DateStyle, Rules

Scalar = str | int | float | Decimal | date | time | timedelta | Money
"""One thing that a placeholder can say; a `datetime` is a `date` as well."""
Value = Scalar | Sequence[Scalar]

MAX_PLACES: Final = 40
"""Digits before the point, and behind it, of a number that is said; a longer one is a mistake."""

_T = TypeVar("_T")
_DIGITS: Final = re.compile(r"[0-9*#A-Da-d]+")


class Family(Enum):
    """Kinds of one family take the same values: a translation may use another kind of it."""

    TEXT = "text"
    NUMBER = "number"
    DIGITS = "digits"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    MONEY = "money"
    LIST = "list"


Say = Callable[[Rules, Value, str], str]
"""Rules of the language, value, and the argument behind the second colon."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`options`: the words that may stand behind the second colon; None: any text, which must be there."""

    family: Family
    say: Say
    options: frozenset[str] | None = frozenset()


def natural_kind(value: Value) -> str:
    """The kind of a placeholder that names none, by the type of its value."""
    match value:
        case bool():
            raise UsageError("true and false are not said: choose a prompt by them")
        case str():
            return "text"
        case int() | float() | Decimal():
            return "number"
        case datetime():
            return "datetime"
        case date():
            return "date"
        case time():
            return "time"
        case timedelta():
            return "duration"
        case Money():
            return "money"
        case Sequence():
            return "list"
    raise UsageError(f"a {type(value).__name__} is not said")


def words(rules: Rules, kind: str, value: Value, argument: str = "") -> str:
    """The value in words. UsageError where it is none that the kind takes.

    `kind` is a key of KINDS, or empty for the natural one.
    """
    return KINDS[kind or natural_kind(value)].say(rules, value, argument)


def characters(kind: str, value: Value) -> list[str] | None:
    """For kinds that are said character by character, the groups of these; None for all others.

    >>> characters("phone", "+12125550123")
    ['+1', '212', '555', '0123']
    """
    match kind:
        case "digits":
            return [_digits(value)]
        case "phone":
            return groups_of_number(_text(value))
        case _:
            return None


def _grouped(kind: str) -> Say:
    def say(rules: Rules, value: Value, argument: str) -> str:
        groups = characters(kind, value) or []
        yao = argument == "yao"
        said = ([rules.character(one, yao=yao) for one in group] for group in groups)
        return rules.pause.join(" ".join(group) for group in said)

    return say


def _spelled(rules: Rules, value: Value, argument: str) -> str:
    return rules.pause.join(rules.character(one) for one in _text(value).strip())


def _date_words(rules: Rules, value: Value, argument: str) -> str:
    options = argument.split(",")
    style = DateStyle(
        weekday="weekday" in options, year="no-year" not in options, colloquial="colloquial" in options
    )
    return rules.date(_expect(value, date), style)


def _time_words(rules: Rules, value: Value, argument: str) -> str:
    return rules.time(value.time() if isinstance(value, datetime) else _expect(value, time))


def _moment_words(rules: Rules, value: Value, argument: str) -> str:
    moment = _expect(value, datetime)
    return rules.date_and_time(_date_words(rules, moment, argument), rules.time(moment.time()))


def _list_words(rules: Rules, value: Value, argument: str) -> str:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise UsageError(f"a list takes several values, not a {type(value).__name__}")
    return rules.enumeration([words(rules, "", item) for item in value])


def _money_words(rules: Rules, value: Value, argument: str) -> str:
    return rules.money(_expect(value, Money), colloquial=argument == "colloquial")


_DATE_OPTIONS: Final = frozenset({"weekday", "no-year", "colloquial"})

KINDS: Final[Mapping[str, Kind]] = {
    "text": Kind(Family.TEXT, lambda rules, value, _: _text(value)),
    "spell": Kind(Family.TEXT, _spelled),
    "number": Kind(Family.NUMBER, lambda rules, value, _: rules.number(_number(value))),
    "count": Kind(
        Family.NUMBER, lambda rules, value, forms: rules.count(_number(value), _forms(forms)), None
    ),
    "plural": Kind(
        Family.NUMBER, lambda rules, value, forms: rules.plural(_number(value), _forms(forms)), None
    ),
    "ordinal": Kind(Family.NUMBER, lambda rules, value, _: rules.ordinal(_natural(value))),
    "year": Kind(Family.NUMBER, lambda rules, value, _: rules.year(_natural(value))),
    "percent": Kind(Family.NUMBER, lambda rules, value, _: rules.percent(_number(value))),
    "digits": Kind(Family.DIGITS, _grouped("digits"), frozenset({"yao"})),
    "phone": Kind(Family.DIGITS, _grouped("phone"), frozenset({"yao"})),
    "date": Kind(Family.DATE, _date_words, _DATE_OPTIONS),
    "datetime": Kind(Family.DATE, _moment_words, _DATE_OPTIONS),
    "time": Kind(Family.TIME, _time_words),
    "duration": Kind(Family.DURATION, lambda rules, value, _: rules.duration(_expect(value, timedelta))),
    "money": Kind(Family.MONEY, _money_words, frozenset({"colloquial"})),
    "list": Kind(Family.LIST, _list_words),
}
"""By the word that stands behind the colon of a placeholder."""


def _forms(argument: str) -> list[str]:
    return argument.split("|")


def _expect(value: Value, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise UsageError(f"a {kind.__name__} is needed here, not a {type(value).__name__}")
    return value


def _text(value: Value) -> str:
    return _expect(value, str)


def _number(value: Value) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UsageError(f"a number is needed here, not a {type(value).__name__}")
    number = Decimal(str(value))
    places = number.as_tuple().exponent
    if isinstance(places, str) or number.adjusted() >= MAX_PLACES or places < -MAX_PLACES:
        raise UsageError("a number that nobody can say: too long, or none at all")
    return number


def _natural(value: Value) -> int:
    number = _number(value)
    if number < 0 or number != int(number):
        raise UsageError("a whole number from 0 on is needed here")
    return int(number)


def _digits(value: Value) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    if not _DIGITS.fullmatch(text):
        raise UsageError("digits are 0 to 9, star, pound and A to D")
    return text
