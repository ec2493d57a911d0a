"""Kinds of answers: how keys become a typed value, by rules that are the same in every language. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, Generic, Protocol, TypeVar

import phonenumbers

from voicecore.errors import UsageError
from voicecore.ivr.options import DECIMAL, KEYS, Listens, Options, by_key

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LONGEST: Final = 64
"""Keys that any answer may have at most."""


class NoMatch(Enum):
    """What was pressed is no answer of this kind."""

    NO_MATCH = "no match"


NO_MATCH: Final = NoMatch.NO_MATCH


class Kind(Protocol[T_co]):
    """What `call.ask` asks for."""

    @property
    def first_keys(self) -> frozenset[str]:
        """Keys that an answer may begin with. The others are free for universal options."""
        ...

    def is_complete(self, text: str) -> bool:
        """Whether no further key could make another answer of it."""
        ...

    def parse(self, text: str) -> T_co | NoMatch: ...


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """An int from `low` to `high`. Leading zeros are allowed.

    >>> WholeNumber(1, 31).parse("07"), WholeNumber(1, 31).is_complete("7")
    (7, True)
    """

    low: int = 0
    high: int = 999_999

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise UsageError(f"keys give whole numbers from 0 on, not {self.low} to {self.high}")

    @property
    def first_keys(self) -> frozenset[str]:
        return DECIMAL

    def is_complete(self, text: str) -> bool:
        if len(text) >= len(str(self.high)):
            return True
        return _is_decimal(text) and int(text) > 0 and int(text) * 10 > self.high

    def parse(self, text: str) -> int | NoMatch:
        return int(text) if _is_decimal(text) and self.low <= int(text) <= self.high else NO_MATCH


@dataclass(frozen=True, slots=True)
class DigitString:
    """`least` to `most` digits as they were pressed: an account number, a PIN. `most` 0: exactly `least`."""

    least: int
    most: int = 0

    def __post_init__(self) -> None:
        if self.least < 1 or not self.least <= (self.most or self.least) <= LONGEST:
            raise UsageError(f"from {self.least} to {self.most} digits is no length")

    @property
    def first_keys(self) -> frozenset[str]:
        return DECIMAL

    def is_complete(self, text: str) -> bool:
        return len(text) >= (self.most or self.least)

    def parse(self, text: str) -> str | NoMatch:
        most = self.most or self.least
        return text if _is_decimal(text) and self.least <= len(text) <= most else NO_MATCH


class DateOrder(Enum):
    """In which order the eight digits of a date are pressed."""

    YEAR_MONTH_DAY = "YMD"
    """ISO 8601, the one that is understood everywhere."""
    DAY_MONTH_YEAR = "DMY"
    MONTH_DAY_YEAR = "MDY"


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date of eight digits, four of them the year.

    >>> CalendarDate().parse("20261123"), CalendarDate(DateOrder.DAY_MONTH_YEAR).parse("31022026")
    (datetime.date(2026, 11, 23), <NoMatch.NO_MATCH: 'no match'>)
    """

    order: DateOrder = DateOrder.YEAR_MONTH_DAY
    earliest: date = date.min
    latest: date = date.max

    @property
    def first_keys(self) -> frozenset[str]:
        return DECIMAL

    def is_complete(self, text: str) -> bool:
        return len(text) >= 8

    def parse(self, text: str) -> date | NoMatch:
        if not _is_decimal(text) or len(text) != 8:
            return NO_MATCH
        match self.order:
            case DateOrder.YEAR_MONTH_DAY:
                year, month, day = text[:4], text[4:6], text[6:]
            case DateOrder.DAY_MONTH_YEAR:
                day, month, year = text[:2], text[2:4], text[4:]
            case DateOrder.MONTH_DAY_YEAR:
                month, day, year = text[:2], text[2:4], text[4:]
        try:
            value = date(int(year), int(month), int(day))
        except ValueError:
            return NO_MATCH
        return value if self.earliest <= value <= self.latest else NO_MATCH


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money as a Decimal with `decimals` places; the star is the decimal point.

    >>> Amount().parse("12*5"), Amount().parse("12"), Amount(decimals=0).parse("12*5")
    (Decimal('12.50'), Decimal('12.00'), <NoMatch.NO_MATCH: 'no match'>)
    """

    low: Decimal = Decimal(0)
    high: Decimal = Decimal(999_999)
    decimals: int = 2

    def __post_init__(self) -> None:
        if not (self.low.is_finite() and self.high.is_finite() and 0 <= self.low <= self.high):
            raise UsageError(f"keys give amounts from 0 on, not {self.low} to {self.high}")
        if not 0 <= self.decimals <= 4:
            raise UsageError(f"a currency has 0 to 4 decimals, not {self.decimals}")

    @property
    def first_keys(self) -> frozenset[str]:
        return DECIMAL

    def is_complete(self, text: str) -> bool:
        whole, point, fraction = text.partition("*")
        if point:
            return len(fraction) >= self.decimals
        return (not self.decimals and len(whole) >= len(str(int(self.high)))) or len(whole) >= LONGEST

    def parse(self, text: str) -> Decimal | NoMatch:
        whole, point, fraction = text.partition("*")
        is_fraction = _is_decimal(fraction) and len(fraction) <= self.decimals
        if not _is_decimal(whole) or len(whole) > LONGEST or (point and not is_fraction):
            return NO_MATCH
        value = Decimal(f"{int(whole)}.{fraction:0<{self.decimals}}" if self.decimals else whole)
        return value if self.low <= value <= self.high else NO_MATCH


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A telephone number as +E.164. `country` (ISO 3166) says how national ones are read; else 00 comes first.

    It ends with the terminator or a pause, since numbers differ in length.

    >>> PhoneNumber("DE").parse("03012345678"), PhoneNumber().parse("004930123456")
    ('+493012345678', '+4930123456')
    """

    country: str | None = None

    def __post_init__(self) -> None:
        if self.country is not None and self.country not in phonenumbers.SUPPORTED_REGIONS:
            raise UsageError(f"no country has the code {self.country!r}")

    @property
    def first_keys(self) -> frozenset[str]:
        return DECIMAL

    def is_complete(self, text: str) -> bool:
        return len(text) >= 20  # an international prefix and the 15 digits of E.164

    def parse(self, text: str) -> str | NoMatch:
        if not _is_decimal(text) or len(text) > 20:
            return NO_MATCH
        number = text
        if self.country is None:
            if not text.startswith("00"):
                return NO_MATCH
            number = f"+{text[2:]}"
        try:
            parsed = phonenumbers.parse(number, self.country)
        except phonenumbers.NumberParseException:
            return NO_MATCH
        judged = phonenumbers.is_possible_number_with_reason(parsed)
        if judged != phonenumbers.ValidationResult.IS_POSSIBLE:
            return NO_MATCH
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class OneOf(Generic[T]):
    """One of several values, each with its key or keys, as in a menu. The options are checked at once."""

    options: Options[T]
    listens: Listens = field(default_factory=dict)
    """How options may be said, by their keys."""
    values: dict[str, T] = field(init=False)
    """Every key sequence with its value."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", by_key(self.options))

    @property
    def first_keys(self) -> frozenset[str]:
        return frozenset(key[0] for key in self.values)

    def is_complete(self, text: str) -> bool:
        return text in self.values or not any(key.startswith(text) for key in self.values)

    def parse(self, text: str) -> T | NoMatch:
        return self.values.get(text, NO_MATCH)


@dataclass(frozen=True, slots=True)
class YesNo:
    """True or False: one key each."""

    yes: str = "1"
    no: str = "2"

    def __post_init__(self) -> None:
        if self.yes == self.no or not {self.yes, self.no} <= KEYS:
            raise UsageError(f"yes and no are two keys, not {self.yes!r} and {self.no!r}")

    @property
    def first_keys(self) -> frozenset[str]:
        return frozenset({self.yes, self.no})

    def is_complete(self, text: str) -> bool:
        return bool(text)

    def parse(self, text: str) -> bool | NoMatch:
        return text == self.yes if text in (self.yes, self.no) else NO_MATCH


@dataclass(frozen=True, slots=True)
class Pattern:
    """Keys, `most` at most, that a regular expression matches as a whole.

    A star in the expression belongs to the answer, so that it cannot be a universal option meanwhile.
    """

    expression: str
    most: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.most <= LONGEST:
            raise UsageError(f"an answer has 1 to {LONGEST} keys, not {self.most}")
        try:
            re.compile(self.expression)
        except re.error as error:
            raise UsageError(f"no regular expression: {self.expression!r}: {error}") from error

    @property
    def first_keys(self) -> frozenset[str]:
        return frozenset(key for key in KEYS if key in DECIMAL or key in self.expression)

    def is_complete(self, text: str) -> bool:
        return len(text) >= self.most

    def parse(self, text: str) -> str | NoMatch:
        return text if len(text) <= self.most and re.fullmatch(self.expression, text) else NO_MATCH


def _is_decimal(text: str) -> bool:
    return bool(text) and set(text) <= DECIMAL
