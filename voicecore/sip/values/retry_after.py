"""Retry-After: when to try again (RFC 3261, 20.33)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import parameter, parse_number, parse_parameters
from voicecore.sip.headers import Headers

_start = re.compile(r"([0-9]++)[ \t]*+").match


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Seconds until then, and for how many seconds from then on. A comment is not kept."""

    seconds: int
    duration: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        match = _start(text)
        if match is None:
            raise PeerError("Malformed Retry-After")
        rest = text[match.end() :]
        if rest[:1] == "(":
            end = rest.rfind(")")
            if end < 0:
                raise PeerError("Malformed Retry-After")
            rest = rest[end + 1 :]
        duration = parameter(parse_parameters(rest.strip(" \t")), "duration")
        return cls(
            parse_number(match[1], "Retry-After"),
            None if duration is None else parse_number(duration, "Retry-After"),
        )

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        value = headers.get("Retry-After")
        return None if value is None else cls.parse(value)

    def __str__(self) -> str:
        return str(self.seconds) if self.duration is None else f"{self.seconds};duration={self.duration}"


def seconds_of(headers: Headers) -> float:
    """How long a message asks to wait; 0.0 where it does not, or not readably."""
    try:
        value = RetryAfter.of(headers)
    except PeerError:
        return 0.0
    return 0.0 if value is None else float(value.seconds)
