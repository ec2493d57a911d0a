"""Session-Expires and Min-SE: how long a session lives without a refresh (RFC 4028, 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import parameter, parse_number, parse_value
from voicecore.sip.headers import Headers

SHORTEST = 90
"""Seconds: no Min-SE is less, and it is the value where none is sent (RFC 4028, 5)."""


class Refresher(Enum):
    """Who sends the refreshes, as seen in the request that negotiates it."""

    UAC = "uac"
    UAS = "uas"


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """The interval in seconds. The refresher is None where the sender leaves it to the other side."""

    seconds: int
    refresher: Refresher | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        value, parameters = parse_value(text, "Session-Expires")
        refresher = parameter(parameters, "refresher")
        try:
            who = None if refresher is None else Refresher(refresher.lower())
        except ValueError:
            raise PeerError("Malformed Session-Expires") from None
        return cls(parse_number(value, "Session-Expires"), who)

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        value = headers.get("Session-Expires")
        return None if value is None else cls.parse(value)

    def __str__(self) -> str:
        return f"{self.seconds};refresher={self.refresher.value}" if self.refresher else str(self.seconds)


def min_se_of(headers: Headers) -> int:
    """The shortest interval in seconds that everybody on the way accepts; SHORTEST where none is named."""
    value = headers.get("Min-SE")
    if value is None:
        return SHORTEST
    return max(SHORTEST, parse_number(parse_value(value, "Min-SE")[0], "Min-SE"))
