"""The Range field (RFC 9110, 14): one range of bytes. Several are answered as if none was asked for, as 14.2 allows."""

from __future__ import annotations

import re
from typing import NamedTuple

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class ByteRange(NamedTuple):
    """From `first` up to but without `end`."""

    first: int
    end: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.first}-{self.end - 1}/{size}"


class Unsatisfiable(NamedTuple):
    """Nothing of what is there was asked for: 416."""

    size: int

    @property
    def content_range(self) -> str:
        return f"bytes */{self.size}"


def asked_range(field: str | None, size: int) -> ByteRange | Unsatisfiable | None:
    """What a Range field asks of `size` bytes; None: all of it, also where the field is nonsense (14.2).

    >>> asked_range("bytes=0-99", 1000), asked_range("bytes=-100", 1000), asked_range("bytes=2000-", 1000)
    (ByteRange(first=0, end=100), ByteRange(first=900, end=1000), Unsatisfiable(size=1000))
    """
    match = None if field is None else _RANGE.fullmatch(field)
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size)
        return ByteRange(size - length, size) if length else Unsatisfiable(size)
    first = int(match[1])
    last = size - 1 if match[2] == "" else int(match[2])
    if last < first and match[2] != "":
        return None
    if first >= size:
        return Unsatisfiable(size)
    return ByteRange(first, min(last + 1, size))
