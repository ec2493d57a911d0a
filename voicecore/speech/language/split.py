"""Values taken apart into what every language says one after the other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal


def whole_and_decimals(value: Decimal) -> tuple[bool, int, str]:
    """Whether it is negative, its whole part, and the digits after the point as they were given.

    >>> whole_and_decimals(Decimal("-12.50"))
    (True, 12, '50')
    """
    whole, _, decimals = format(abs(value), "f").partition(".")
    return value < 0, int(whole), decimals


def hours_and_more(value: timedelta) -> tuple[bool, tuple[int, int, int, int]]:
    """Whether it is negative; days, hours, minutes and seconds, rounded to whole seconds.

    >>> hours_and_more(timedelta(minutes=61, seconds=5))
    (False, (0, 1, 1, 5))
    """
    seconds = round(abs(value).total_seconds())
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return value < timedelta(0), (days, hours, minutes, seconds)
