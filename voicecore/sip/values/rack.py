"""RSeq and RAck: which reliable provisional response, and its acknowledgement (RFC 3262, 7.1 and 7.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

from voicecore.errors import PeerError
from voicecore.sip.cseq import CSeq

_rack = re.compile(r"([0-9]{1,16}+)[ \t]++([^ \t].*)", re.DOTALL).fullmatch


def parse_rseq(text: str) -> int:
    """Read an RSeq: a number from 0 to 2**32 - 1. PeerError says what is wrong with it."""
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or (number := int(text)) >= 1 << 32:
        raise PeerError("RSeq is no 32-bit number")
    return number


class RAck(NamedTuple):
    """What a PRACK acknowledges: the RSeq of the response, and the CSeq that the response has.

    >>> RAck.parse("776656 1 INVITE")
    RAck(rseq=776656, cseq=CSeq(number=1, method='INVITE'))
    """

    rseq: int
    cseq: CSeq

    @classmethod
    def parse(cls, text: str) -> RAck:
        """Read a RAck; PeerError says what is wrong with it."""
        match = _rack(text)
        if match is None:
            raise PeerError("RAck is not two numbers and a method")
        return cls(parse_rseq(match[1]), CSeq.parse(match[2]))

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq}"
