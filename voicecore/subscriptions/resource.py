"""What is watched (RFC 6665, 2: the resource), and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import NewType, Protocol

Aor = NewType("Aor", str)
"""An address-of-record in its one spelling: "sip:NAME@DOMAIN"."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One account, as it is watched or written to."""

    account: str
    aor: Aor


class Phase(Enum):
    """How far a dialog came (RFC 4235, 3.7.1); the values are the names in its documents."""

    TRYING = "trying"
    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Direction(Enum):
    """Whether the watched party began the dialog (RFC 4235, 4.1.2)."""

    INITIATOR = "initiator"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Identity:
    """A party of a dialog: its URI and, where known, its name."""

    uri: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class ObservedDialog:
    """One dialog of an account. `id` is opaque, and never that of SIP: a Call-ID and tags could end the call."""

    id: str
    direction: Direction
    phase: Phase
    local: Identity | None = None
    remote: Identity | None = None

    def ended(self) -> ObservedDialog:
        return replace(self, phase=Phase.TERMINATED)

    def without_remote(self) -> ObservedDialog:
        return replace(self, remote=None)


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Voice messages that wait, and that were heard."""

    new: int = 0
    old: int = 0


class States(Protocol):
    """What documents are written from. Who implements it calls `SubscriptionDesk.changed` after each change."""

    def dialogs(self, aor: Aor) -> Iterable[ObservedDialog]:
        """Those that are not over."""

    def is_registered(self, aor: Aor, now: float) -> bool: ...

    def messages(self, aor: Aor) -> MessageCounts: ...
