"""PRACK (RFC 3262, 3): the peer has our reliable provisional response."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip import offer_turn, uas
from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.output import PrackReceived
from voicecore.sip.usages import Asked, Incoming
from voicecore.sip.values.reliability import RAck


def receive(core: Core, arrival: Arrival, now: float) -> None:
    dialog = uas.find_dialog(core, arrival)
    if dialog is None:
        return
    try:
        rack = RAck.parse(arrival.request.headers.get("RAck") or "")
    except PeerError as fault:
        core.answer_once(arrival, 400, fault.reason)
        return
    incoming = core.usages.incoming.get(dialog.turn.holder) if dialog.turn.holder is not None else None
    if incoming is None or not _matches(incoming, rack):
        core.answer_once(arrival, 481)
    elif uas.is_readable(core, arrival):
        core.transactions.servers.open(arrival.key, arrival.request, arrival.reply_hop)
        _take(core, arrival, dialog, incoming, now)
        uas.prack_received(core, incoming, rack.rseq, now)


def _matches(incoming: Incoming, rack: RAck) -> bool:
    reliable = incoming.reliable
    if reliable is None or reliable.current is None:
        return False
    cseq = incoming.arrival.request.cseq
    return RAck(reliable.current.rseq, cseq.number, cseq.method) == rack


def _take(core: Core, arrival: Arrival, dialog: Dialog, incoming: Incoming, now: float) -> None:
    status = 200
    if arrival.request.body:
        is_answer = incoming.has_sent_sdp and dialog.offer.advance(
            offer_turn.Input.RECEIVE_ANSWER, Carrier.INVITE
        )
        if is_answer or dialog.offer.take(offer_turn.Input.RECEIVE_OFFER, Carrier.PRACK):
            id = core.usages.new_request_id()
            core.usages.asked[id] = Asked(arrival, dialog)
            dialog.asked = (*dialog.asked, id)
            core.outbox.append(PrackReceived(id, incoming.id, dialog.id, arrival.request))
            return
        status = 491
    core.transactions.servers.respond(arrival.key, status, core.responder.write(arrival, status), now)
