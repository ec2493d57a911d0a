"""What is watched (RFC 6665, 2: the resource), and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple, NewType, Protocol

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


class PickupKey(NamedTuple):
    """Stands for the Call-ID and tags of a call that rings, and is none of them: it can pick the call up, by INVITE
    with Replaces (RFC 3891), and do nothing else to it.
    """

    call_id: str
    local_tag: str
    remote_tag: str


@dataclass(frozen=True, slots=True)
class View:
    """What a watcher may see of somebody else."""

    shows_remote: bool = True
    """Who the account talks to."""
    may_pick_up: bool = False
    """By which key its calls that ring are picked up."""


@dataclass(frozen=True, slots=True)
class ObservedDialog:
    """One dialog of an account. `id` is opaque, and never that of SIP: a Call-ID and tags could end the call."""

    id: str
    direction: Direction
    phase: Phase
    local: Identity | None = None
    remote: Identity | None = None
    pickup: PickupKey | None = None
    """While it rings at the account's phone."""

    def ended(self) -> ObservedDialog:
        return replace(self, phase=Phase.TERMINATED, pickup=None)

    def seen_by(self, view: View) -> ObservedDialog:
        """As a watcher with this view sees it."""
        remote = self.remote if view.shows_remote else None
        return replace(self, remote=remote, pickup=self.pickup if view.may_pick_up else None)


@dataclass(frozen=True, slots=True)
class ObservedContact:
    """One contact that an account is registered at. Times are those of `now` in `States`; q is from 0 to 1."""

    id: str
    uri: str
    q: float
    call_id: str
    cseq: int
    registered: float
    refreshed: float
    expires: float
    display: str = ""
    instance: str = ""
    """As in `+sip.instance`; "": the phone named none."""
    gruu: str = ""
    """The public one (RFC 5627)."""


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

    def contacts(self, aor: Aor, now: float) -> Iterable[ObservedContact]:
        """Where it is registered now."""

    def why_gone(self, aor: Aor, contact: str) -> str:
        """Why a contact that was there is not any more: an event of RFC 3680, 5.3.2."""

    def messages(self, aor: Aor) -> MessageCounts: ...
