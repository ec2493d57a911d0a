"""A call that rings at one phone is taken at another: INVITE with Replaces (RFC 3891), or with a code."""

from __future__ import annotations

from typing import Protocol

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.inbound import Refusal, offered_leg
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.party import Party
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import InviteReceived
from voicecore.sip.uri import Uri


class Exchange(Protocol):
    """What it needs of the switchboard."""

    def call_of(self, leg: Leg) -> ActiveCall | None: ...


def _talks_to(old: Leg) -> tuple[tuple[str, str], ...]:
    """Whom the phone that picked up talks to, as the one that rang was shown it (RFC 3325, 9.1): it dialled another."""
    identity = old.identity
    return (("P-Asserted-Identity", str(NameAddr(identity.local_name, Uri.parse(identity.local_uri)))),)


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
    call.lead_to_one_codec(new, call.first)
    if new.accept(_talks_to(old)):
        call.journal.note(EventKind.TRANSFER, f"leg {new.id} picks up leg {old.id}")
        old.give_way_to(new)
    return None
