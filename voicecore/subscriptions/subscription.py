"""One subscription as a machine: when its watcher is told, how often, and until when (RFC 6665, 4.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import auto
from typing import NewType

from voicecore.sip.output import DialogId
from voicecore.sip.symbol import Symbol
from voicecore.sip.values.event import Event
from voicecore.subscriptions.packages.document import Document
from voicecore.subscriptions.packages.registry import Package
from voicecore.subscriptions.resource import Resource

INTERVAL_S = 1.0
"""Between two NOTIFYs of one subscription; what changes in between is told together."""

SubscriptionId = NewType("SubscriptionId", int)


class State(Symbol):
    QUIET = auto()
    """The watcher knows all."""
    WAITING = auto()
    """There may be news; the next NOTIFY goes out at its time."""
    NOTIFYING = auto()
    """A NOTIFY has no answer yet. There is one at a time: two could overtake each other."""
    OVERTAKEN = auto()
    """As above, and there may be news since."""
    ENDED = auto()


class Input(Symbol):
    CHANGE = auto()
    SEND = auto()
    NO_NEWS = auto()
    """The time to send came, and there is nothing that the watcher does not know."""
    CONFIRM = auto()
    POSTPONE = auto()
    """The watcher wants the NOTIFY later (Retry-After)."""
    END = auto()


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.QUIET, Input.CHANGE): State.WAITING,
    (State.WAITING, Input.CHANGE): State.WAITING,
    (State.WAITING, Input.SEND): State.NOTIFYING,
    (State.WAITING, Input.NO_NEWS): State.QUIET,
    (State.NOTIFYING, Input.CHANGE): State.OVERTAKEN,
    (State.OVERTAKEN, Input.CHANGE): State.OVERTAKEN,
    (State.NOTIFYING, Input.CONFIRM): State.QUIET,
    (State.OVERTAKEN, Input.CONFIRM): State.WAITING,
    (State.NOTIFYING, Input.POSTPONE): State.WAITING,
    (State.OVERTAKEN, Input.POSTPONE): State.WAITING,
    **{(state, Input.END): State.ENDED for state in State if state is not State.ENDED},
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Who watches what, as told by the SUBSCRIBE that began it."""

    watcher: str
    resource: Resource
    package: Package
    event: Event


class Subscription:
    """Tells when to notify; the words are `document`'s, the sending is the desk's."""

    __slots__ = ("dialog", "document", "earliest", "expires", "id", "is_full_due", "state", "subject")

    def __init__(
        self, id: SubscriptionId, subject: Subject, dialog: DialogId, document: Document, expires: float
    ) -> None:
        self.id = id
        self.subject = subject
        self.dialog = dialog
        self.document = document
        self.expires = expires
        self.earliest = -math.inf
        """When the next NOTIFY may go out."""
        self.is_full_due = True
        """The next NOTIFY tells the whole state, not what changed."""
        self.state = State.QUIET

    def advance(self, what: Input) -> bool:
        """Step the table. False where this state has no use for the input."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self.state = after
        return True

    def refresh(self, expires: float) -> None:
        """A SUBSCRIBE came: its watcher gets the whole state (RFC 6665, 4.2.1.2)."""
        self.expires = expires
        self.is_full_due = True
        self.advance(Input.CHANGE)

    def sent(self, now: float) -> None:
        self.advance(Input.SEND)
        self.is_full_due = False
        self.earliest = now + INTERVAL_S

    def postpone(self, seconds: float, now: float) -> None:
        """What the refused NOTIFY said is not known to the watcher: the next one says all."""
        self.is_full_due = True
        self.earliest = now + max(INTERVAL_S, seconds)
        self.advance(Input.POSTPONE)

    def next_timer(self) -> float:
        return min(self.earliest, self.expires) if self.state is State.WAITING else self.expires

    def remaining_s(self, now: float) -> int:
        return max(1, math.ceil(self.expires - now))
