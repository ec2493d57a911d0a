"""Telephone numbers in the groups in which people say them."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers

from voicecore.errors import UsageError

_NUMBER: Final = re.compile(r"\+?[0-9*#]+")
_FILLING: Final = re.compile(r"[\s().\-/]+")
_MAX: Final = 32


def groups_of_number(number: str) -> list[str]:
    """The groups of its country where the number begins with +, else of three or four digits.

    UsageError for what is no telephone number.

    >>> groups_of_number("+8613812345678")
    ['+86', '138', '1234', '5678']
    >>> groups_of_number("2125550123")
    ['212', '555', '0123']
    """
    dense = _FILLING.sub("", number)
    if len(dense) > _MAX or not _NUMBER.fullmatch(dense):
        raise UsageError("not a telephone number")
    if dense.startswith("+"):
        try:
            parsed = phonenumbers.parse(dense)
        except phonenumbers.NumberParseException:
            return _by_length(dense)
        written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        if _FILLING.sub("", written) == dense:
            return [group for group in _FILLING.split(written) if group]
    return _by_length(dense)


def _by_length(digits: str) -> list[str]:
    """Three by three with four at the end; a Chinese mobile number of eleven as 3-4-4."""
    if len(digits) == 11 and digits.startswith("1"):
        return [digits[:3], digits[3:7], digits[7:]]
    groups: list[str] = []
    while len(digits) > 4:
        groups.append(digits[:3])
        digits = digits[3:]
    return [*groups, digits]
