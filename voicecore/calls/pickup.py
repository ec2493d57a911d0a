"""A call that rings at one phone is taken at another: INVITE with Replaces (RFC 3891), or with a code."""

from __future__ import annotations

from typing import Protocol

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.inbound import Refusal, offered_leg
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.party import Party
from voicecore.sip.output import InviteReceived


class Exchange(Protocol):
    """What it needs of the switchboard."""

    def call_of(self, leg: Leg) -> ActiveCall | None: ...


def pick_up(exchange: Exchange, received: InviteReceived, old: Leg, party: Party) -> Refusal | None:
    """Answers the INVITE in the place of a leg that we dialled and that nobody answered. None: it did.

    Whoever waits for the answer of the old leg goes on with the new one, and the phones that ring are told that the
    call was taken elsewhere. RFC 3891, 3 allows it for early dialogs that we began ourselves, and those only.
    """
    call = exchange.call_of(old)
    if call is None:
        return Refusal(481)
    new = offered_leg(call, received.invite, received.request, received.hop, party)
    if isinstance(new, Refusal):
        return new
    new.signalling.dialog = new.signalling.sip.dialog_of(received.invite)
    call.add(new)
    if new.accept():
        call.journal.note(EventKind.TRANSFER, f"leg {new.id} picks up leg {old.id}")
        old.give_way_to(new)
    return None
