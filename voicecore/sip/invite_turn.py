"""Whose INVITE is in progress within a dialog: one at a time, in either direction (RFC 3261, 14)."""

from __future__ import annotations

from enum import auto

from voicecore.sip.output import InviteId
from voicecore.sip.symbol import Symbol


class State(Symbol):
    FREE = auto()
    OURS = auto()
    THEIRS = auto()
    """Theirs has no final response yet."""
    UNACKNOWLEDGED = auto()
    """Theirs has its 2xx, which waits for the ACK."""


class Input(Symbol):
    OUR_INVITE = auto()
    OUR_FINAL = auto()
    THEIR_INVITE = auto()
    THEIR_2XX = auto()
    THEIR_END = auto()
    """A failure was sent, the ACK of the 2xx came, or it never will."""


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.FREE, Input.OUR_INVITE): State.OURS,
    (State.FREE, Input.THEIR_INVITE): State.THEIRS,
    (State.OURS, Input.OUR_FINAL): State.FREE,
    (State.THEIRS, Input.THEIR_2XX): State.UNACKNOWLEDGED,
    (State.THEIRS, Input.THEIR_END): State.FREE,
    (State.UNACKNOWLEDGED, Input.THEIR_END): State.FREE,
}


class InviteTurn:
    __slots__ = ("holder", "state")

    def __init__(self) -> None:
        self.state = State.FREE
        self.holder: InviteId | None = None
        """The INVITE in progress."""

    def take(self, what: Input, invite: InviteId) -> bool:
        """Start an INVITE. False where another one is in progress: glare."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self.state = after
        self.holder = invite
        return True

    def advance(self, what: Input, invite: InviteId) -> None:
        """The INVITE went on or ended. One that does not hold the turn changes nothing."""
        after = TRANSITIONS.get((self.state, what))
        if self.holder != invite or after is None:
            return
        self.state = after
        if self.state is State.FREE:
            self.holder = None
