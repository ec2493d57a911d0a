"""What a transaction tells the layer that owns it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


@dataclass(init=False, slots=True)
class Send:
    """Put these bytes on the wire, for the first time or again."""

    data: Final[bytes]

    def __init__(self, data: bytes) -> None:
        self.data = data


class Signal(Enum):
    """Facts that carry nothing: they are about the message that was just given in."""

    DELIVER = auto()
    """The transaction user must see the message."""
    ACKNOWLEDGE = auto()
    """Send the ACK of the failure that was just received (RFC 3261, 17.1.1.3)."""
    TIMED_OUT = auto()
    """The peer said nothing for 64*T1."""
    UNREACHABLE = auto()
    """The transport could not deliver the request."""


TransactionOutput = Send | Signal
