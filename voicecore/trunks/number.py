"""Numbers as a carrier writes them and as we do (+E.164), and where a trunk may call. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import phonenumbers
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from voicecore.trunks.pattern import fits_any
from voicecore.trunks.trunk import Destinations, NumberFormat, NumberRules, Outgoing, PrefixRule

LONGEST = 32
"""Characters of a number that are looked at; E.164 has 15 digits."""

_separators = re.compile(r"[ ().\-/]+")
_digits = re.compile(r"\+?[0-9]+", re.ASCII).fullmatch
_dialled = re.compile(r"\+?[0-9*#]+", re.ASCII).fullmatch
_LEAST_DIGITS = 4


class Barred(Enum):
    """Why a trunk does not call a number."""

    MALFORMED = "not a number"
    NOT_ALLOWED = "destination not allowed"
    PREMIUM = "premium-rate number"


@dataclass(frozen=True, slots=True)
class Destination:
    """`number` is +E.164, or what was dialled where it is none; `wire` is what the carrier is sent."""

    number: str
    wire: str


def normalised(number: str, rules: NumberRules) -> str:
    """A number of the carrier as +E.164; one that is none (an extension, 112) stays as it is.

    >>> normalised("030123456", NumberRules(country="DE"))
    '+4930123456'
    """
    bare = _with_prefix(_separators.sub("", number[:LONGEST]), rules.inbound)
    parsed = _parsed(bare, rules.country)
    return bare if parsed is None else _plus(parsed)


def destination(number: str, outgoing: Outgoing) -> Destination | Barred:
    """What to send for a number that somebody dialled, or why it is not called.

    Every spelling of a number meets the same rules: they are held against +E.164, never against what was typed.
    """
    bare = _separators.sub("", number)
    if len(number) > LONGEST or not _dialled(bare):
        return Barred.MALFORMED
    rules = outgoing.numbers
    parsed = _parsed(bare, rules.country)
    if parsed is None and bare.startswith("+"):
        return Barred.MALFORMED
    plain = bare if parsed is None else _plus(parsed)
    barred = _barred(plain, parsed, outgoing.destinations)
    if barred is not None:
        return barred
    wire = bare if parsed is None else _written(parsed, bare, rules)
    return Destination(plain, _with_prefix(wire, rules.outbound))


def written(number: str, rules: NumberRules) -> str:
    """A number of ours as the carrier wants it, for a caller ID."""
    parsed = _parsed(number, rules.country)
    return _with_prefix(number if parsed is None else _written(parsed, number, rules), rules.outbound)


def is_country(code: str) -> bool:
    """Whether it is a country whose numbers are known, by its ISO 3166 code."""
    return code in phonenumbers.SUPPORTED_REGIONS


def _barred(plain: str, parsed: PhoneNumber | None, rules: Destinations) -> Barred | None:
    if fits_any(rules.denied, plain) or not fits_any(rules.allowed, plain):
        return Barred.NOT_ALLOWED
    if parsed is not None and not rules.premium and _is_premium(parsed):
        return Barred.PREMIUM
    return None


def _is_premium(number: PhoneNumber) -> bool:
    """Also with digits too many: exchanges connect as soon as they have enough of them, and pass over the rest."""
    kind = phonenumbers.number_type(number)
    digits = phonenumbers.national_significant_number(number)
    while kind == PhoneNumberType.UNKNOWN and len(digits) > _LEAST_DIGITS:
        digits = digits[:-1]
        shorter = PhoneNumber(country_code=number.country_code, national_number=int(digits))
        kind = phonenumbers.number_type(shorter)
    return kind == PhoneNumberType.PREMIUM_RATE


def _parsed(number: str, country: str | None) -> PhoneNumber | None:
    """None for what is no number of the world-wide plan: an extension, a service, a code with * or #."""
    if not _digits(number):
        return None
    try:
        parsed = phonenumbers.parse(number, country, keep_raw_input=True)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    if parsed.country_code_source != CountryCodeSource.FROM_DEFAULT_COUNTRY:
        return parsed
    # 1000 could be a number of Germany by its length. Without the trunk prefix only what exists is taken for one.
    prefix = phonenumbers.ndd_prefix_for_region(country, True) if country else None
    is_national = bool(prefix) and number.startswith(prefix or "")
    return parsed if is_national or phonenumbers.is_valid_number(parsed) else None


def _plus(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _written(number: PhoneNumber, dialled: str, rules: NumberRules) -> str:
    match rules.format:
        case NumberFormat.PLUS:
            return _plus(number)
        case NumberFormat.E164:
            return _plus(number)[1:]
        case NumberFormat.AS_DIALLED:
            return dialled
        case NumberFormat.NATIONAL:
            return _national(number, rules.country)


def _national(number: PhoneNumber, country: str | None) -> str:
    """As somebody dials it in that country: with its trunk prefix, or with its international one."""
    if country is None:
        return _plus(number)
    if number.country_code == phonenumbers.country_code_for_region(country):
        prefix = phonenumbers.ndd_prefix_for_region(country, True) or ""
        return prefix + phonenumbers.national_significant_number(number)
    text = phonenumbers.format_out_of_country_calling_number(number, country)
    return "".join(c for c in text if c.isdigit() or c == "+")


def _with_prefix(number: str, rules: Sequence[PrefixRule]) -> str:
    fitting = [rule for rule in rules if number.startswith(rule.strip)]
    if not fitting:
        return number
    rule = max(fitting, key=lambda one: len(one.strip))
    return rule.add + number[len(rule.strip) :]
