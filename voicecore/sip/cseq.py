"""The CSeq header field (RFC 3261, 20.16)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicecore.errors import PeerError
from voicecore.sip.grammar import REMEMBERED, TOKEN

_cseq = re.compile(rf"([0-9]++)[ \t]++({TOKEN}++)").fullmatch


@dataclass(init=False, slots=True)
class CSeq:
    """The place of a request in its dialog, and its method."""

    number: Final[int]
    method: Final[str]

    def __init__(self, number: int, method: str) -> None:
        self.number = number
        self.method = method

    @classmethod
    @lru_cache(maxsize=REMEMBERED)
    def parse(cls, text: str) -> CSeq:
        """Read a CSeq; PeerError says what is wrong with it."""
        match = _cseq(text)
        if match is None:
            raise PeerError("not a number and a method")
        # RFC 3261, 8.1.1.5: less than 2**31. Lengths first: a huge number is slow to convert.
        if len(match[1]) > 16 or (number := int(match[1])) >= 1 << 31:
            raise PeerError("number out of range")
        return cls(number, match[2])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
