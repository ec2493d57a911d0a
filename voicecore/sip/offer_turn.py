"""Whose SDP offer waits for its answer within a dialog: one at a time, in either direction (RFC 3264, 4).

INVITE, PRACK and UPDATE all carry offers; which of them did is kept, so that its end frees the turn
(RFC 6337, 2.1).
"""

from __future__ import annotations

from enum import Enum, auto

from voicecore.sip.symbol import Symbol


class State(Symbol):
    FREE = auto()
    OURS = auto()
    THEIRS = auto()


class Input(Symbol):
    SEND_OFFER = auto()
    RECEIVE_OFFER = auto()
    SEND_ANSWER = auto()
    RECEIVE_ANSWER = auto()
    DROP = auto()
    """What carried the offer is over without an answer: the session stays as it was."""


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.FREE, Input.SEND_OFFER): State.OURS,
    (State.FREE, Input.RECEIVE_OFFER): State.THEIRS,
    (State.OURS, Input.RECEIVE_ANSWER): State.FREE,
    (State.OURS, Input.DROP): State.FREE,
    (State.THEIRS, Input.SEND_ANSWER): State.FREE,
    (State.THEIRS, Input.DROP): State.FREE,
}


class Carrier(Enum):
    """The kind of request whose exchange an offer belongs to. A dialog has at most one of each in progress."""

    INVITE = auto()
    PRACK = auto()
    UPDATE = auto()


class OfferTurn:
    __slots__ = ("carrier", "exchanges", "state")

    def __init__(self) -> None:
        self.state = State.FREE
        self.carrier: Carrier | None = None
        self.exchanges = 0
        """How many offers were answered."""

    def is_theirs(self, carrier: Carrier) -> bool:
        """Whether the peer's offer in such a request, or in the response to ours, waits for our answer."""
        return self.state is State.THEIRS and self.carrier is carrier

    def take(self, what: Input, carrier: Carrier) -> bool:
        """Make or get an offer. False where another one is open: glare."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self.state = after
        self.carrier = carrier
        return True

    def advance(self, what: Input, carrier: Carrier) -> bool:
        """The open offer was answered or dropped. False for one of another carrier: nothing changes."""
        if self.carrier is not carrier or (after := TRANSITIONS.get((self.state, what))) is None:
            return False
        self.state = after
        self.carrier = None
        if what is not Input.DROP:
            self.exchanges += 1
        return True
