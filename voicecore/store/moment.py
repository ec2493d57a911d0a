"""A time as the text of a row: UTC, to the microsecond, in the form that SQLAlchemy gives SQLite."""

from __future__ import annotations

from datetime import UTC, datetime

_TWO = tuple(f"{number:02}" for number in range(60))


def moment(at: datetime) -> str:
    """A time with its zone, in half of the time of `isoformat`, which writes the offset as well.

    >>> moment(datetime(2026, 11, 23, 9, 5, tzinfo=UTC))
    '2026-11-23 09:05:00.000000'
    """
    if at.tzinfo is not UTC:  # as it is from a clock of ours, not from the spool
        at = at.astimezone(UTC)
    date = f"{at.year:04}-{_TWO[at.month]}-{_TWO[at.day]}"
    return f"{date} {_TWO[at.hour]}:{_TWO[at.minute]}:{_TWO[at.second]}.{at.microsecond:06}"
