"""Provisional responses to an INVITE of ours, and those among them that want a PRACK (RFC 3262, 4)."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip import offer_turn
from voicecore.sip.call_options import RELIABLE, Use
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.message import Response
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.output import InviteId
from voicecore.sip.reliable_provisional import ProvisionalOrder, Verdict
from voicecore.sip.uac_request import send_ack, send_prack
from voicecore.sip.usages import Fork, Outgoing
from voicecore.sip.values.reliability import RAck, rseq_of


def is_news(core: Core, outgoing: Outgoing, fork: Fork, response: Response, now: float) -> bool:
    """Whether the owner has to hear of it. A reliable one is acknowledged, once and in its order."""
    rseq = _rseq(outgoing, response)
    if rseq is None:
        return True
    if fork.order is None:
        fork.order = ProvisionalOrder()
    if fork.order.take(rseq) is not Verdict.NEXT:
        return False
    if response.contact is not None:
        fork.dialog.refresh_target(response)
    rack = str(RAck(rseq, response.cseq.number, response.cseq.method))
    if response.body and take_sdp(outgoing, fork, response) and not outgoing.request.body:
        fork.rack = rack  # the peer's offer: the PRACK takes our answer along
    else:
        send_prack(core, fork.dialog, rack, b"", now)
    return True


def acknowledge(core: Core, invite: InviteId, dialog: Dialog, sdp: bytes, now: float) -> bool:
    """Send the PRACK that waits for our answer. False where none does."""
    outgoing = core.usages.outgoing.get(invite)
    fork = None if outgoing is None else outgoing.forks.get(dialog.id.remote_tag)
    if fork is None or fork.rack is None:
        return False
    rack, fork.rack = fork.rack, None
    dialog.offer.advance(offer_turn.Input.SEND_ANSWER, Carrier.INVITE)
    send_prack(core, dialog, rack, sdp, now)
    return True


def answer_in_ack(core: Core, invite: InviteId, dialog: Dialog, sdp: bytes) -> bool:
    """Send the ACK that waits for our answer (RFC 3261, 13.2.2.4). False where none does."""
    outgoing = core.usages.outgoing.get(invite)
    fork = None if outgoing is None else outgoing.forks.get(dialog.id.remote_tag)
    if outgoing is None or fork is None or not fork.owes_answer:
        return False
    fork.owes_answer = False
    dialog.offer.advance(offer_turn.Input.SEND_ANSWER, Carrier.INVITE)
    send_ack(core, outgoing, fork, sdp)
    return True


def take_sdp(outgoing: Outgoing, fork: Fork, response: Response) -> bool:
    """The peer's answer or offer in a reliable response. False for a second one, which does not count."""
    if fork.sdp:
        return False
    fork.sdp = response.body
    if outgoing.request.body:
        fork.dialog.offer.advance(offer_turn.Input.RECEIVE_ANSWER, Carrier.INVITE)
    return True


def _rseq(outgoing: Outgoing, response: Response) -> int | None:
    """The RSeq of a reliable provisional; None for any other."""
    if "RSeq" not in response.headers.lines() or outgoing.options.reliable is Use.OFF:
        return None
    if RELIABLE not in response.headers.all("Require"):
        return None
    try:
        return rseq_of(response.headers)
    except PeerError:
        return None
