"""RSeq and RAck: provisional responses by number (RFC 3262, 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import TOKEN, parse_number
from voicecore.sip.headers import Headers

_rack = re.compile(rf"([0-9]++)[ \t]++([0-9]++)[ \t]++({TOKEN}++)").fullmatch


def rseq_of(headers: Headers) -> int | None:
    """The RSeq of a provisional response, 0 to 2**32 - 1; None when it was not sent reliably."""
    value = headers.get("RSeq")
    return None if value is None else parse_number(value, "RSeq")


@dataclass(frozen=True, slots=True)
class RAck:
    """Which response a PRACK acknowledges: its RSeq, and the CSeq of its request (RFC 3262, 7.2)."""

    rseq: int
    cseq_number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        match = _rack(text)
        if match is None:
            raise PeerError("Malformed RAck")
        return cls(parse_number(match[1], "RAck"), parse_number(match[2], "RAck"), match[3])

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        value = headers.get("RAck")
        return None if value is None else cls.parse(value)

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq_number} {self.method}"
