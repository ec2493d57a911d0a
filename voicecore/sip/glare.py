"""A re-INVITE of ours that met one of the peer's: it waits, and is sent again (RFC 3261, 14.1)."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip import again, invite_turn, offer_turn
from voicecore.sip import dialog as dialogs
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.message import Response
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.uac_request import take_turns
from voicecore.sip.usages import Outgoing
from voicecore.sip.values.retry_after import RetryAfter

MAX_RETRIES = 3
LONGEST_WAIT = 10
"""Seconds; a Retry-After above it is a refusal (RFC 3261, 14.2, asks for up to that)."""


def back_off(core: Core, outgoing: Outgoing, response: Response, now: float) -> bool:
    """Whether the refusal is one that passes. Nobody is told; the turn is free meanwhile."""
    dialog = outgoing.base
    if dialog is None or outgoing.retries >= MAX_RETRIES or dialog.state is not dialogs.State.CONFIRMED:
        return False
    seconds = _wait(core, dialog, response)
    if seconds is None or not outgoing.machine.back_off(seconds, now):
        return False
    outgoing.retries += 1
    dialog.waiting = outgoing.id
    dialog.turn.advance(invite_turn.Input.OUR_FINAL, outgoing.id)
    dialog.offer.advance(offer_turn.Input.DROP, Carrier.INVITE)
    outgoing.exchanges = dialog.offer.exchanges
    outgoing.forks.clear()
    outgoing.machine.poll()
    core.agenda.arm(outgoing.id, outgoing.machine.next_timer())
    core.usages.outgoing_of.pop(outgoing.key, None)
    return True


def retry(core: Core, outgoing: Outgoing, now: float) -> bool:
    """Send it again. False where the call ended, or changed, or is being changed by the peer."""
    dialog = outgoing.base
    if dialog is None or dialog.state is not dialogs.State.CONFIRMED:
        return False
    dialog.waiting = None
    if outgoing.exchanges != dialog.offer.exchanges:
        return False
    if not take_turns(dialog, outgoing.id, has_offer=bool(outgoing.request.body)):
        return False
    again.send_invite(core, outgoing, outgoing.request, (), now)
    return True


def _wait(core: Core, dialog: Dialog, response: Response) -> float | None:
    match response.status:
        case 491 if dialog.is_caller:
            return 2.1 + core.random_below(191) / 100
        case 491:
            return core.random_below(201) / 100
        case 500:
            try:
                after = RetryAfter.of(response.headers)
            except PeerError:
                return None
            return float(after.seconds) if after is not None and after.seconds <= LONGEST_WAIT else None
    return None
