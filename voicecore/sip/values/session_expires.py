"""Session-Expires and Min-SE: how long a call may go on without a sign of life (RFC 4028, 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicecore.errors import PeerError
from voicecore.sip.grammar import parameter, parse_parameters

_LONGEST = 1 << 32


class Refresher(Enum):
    """Who sends the next refresh: the sender or the receiver of the request that both saw last."""

    UAC = "uac"
    UAS = "uas"


_REFRESHERS = {refresher.value: refresher for refresher in Refresher}


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """A session interval in seconds, and who keeps it up; None: the UAS may choose.

    >>> SessionExpires.parse("1800;refresher=uac")
    SessionExpires(seconds=1800, refresher=<Refresher.UAC: 'uac'>)
    """

    seconds: int
    refresher: Refresher | None = None

    @classmethod
    def parse(cls, text: str) -> SessionExpires:
        """Read a Session-Expires; PeerError says what is wrong with it."""
        number, mark, rest = text.partition(";")
        role = (parameter(parse_parameters(mark + rest), "refresher") or "").lower()
        return cls(_delta(number.strip(), "Session-Expires"), _REFRESHERS.get(role))

    def __str__(self) -> str:
        if self.refresher is None:
            return str(self.seconds)
        return f"{self.seconds};refresher={self.refresher.value}"


def parse_min_se(text: str) -> int:
    """Read a Min-SE, in seconds; PeerError says what is wrong with it."""
    return _delta(text.partition(";")[0].strip(), "Min-SE")


def _delta(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or (number := int(text)) >= _LONGEST:
        raise PeerError(f"{name} is no number of seconds")
    return number
