"""INVITE: a new call (RFC 3261, 13.3.1), or the change of one (14.2)."""

from __future__ import annotations

from voicecore.sip import dialog as dialogs
from voicecore.sip import invite_turn, offer_turn, session, uac
from voicecore.sip.arrival import Arrival
from voicecore.sip.call_options import RELIABLE, Use
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog, Parties, dialog_id_of
from voicecore.sip.incoming_invite import IncomingInvite
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.output import InviteReceived, ReinviteReceived
from voicecore.sip.transaction.key import MAGIC_COOKIE
from voicecore.sip.uas import SDP, find_dialog, is_behind_nat, is_readable, knows_reliable, retry_after
from voicecore.sip.update import glare
from voicecore.sip.usages import Incoming
from voicecore.sip.values.binding import expires_of


def receive(core: Core, arrival: Arrival, now: float) -> None:
    if core.transactions.is_full:
        core.answer_once(arrival, 503, fields=[("Retry-After", str(core.settings.retry_after))])
    elif not is_readable(core, arrival) or not session.is_acceptable(core, arrival):
        return
    elif not _may_answer_with_sdp(arrival.request):
        core.answer_once(arrival, 406)
    elif arrival.request.to_tag is None:
        _receive_initial(core, arrival, now)
    else:
        _receive_reinvite(core, arrival, now)


def _may_answer_with_sdp(request: Request) -> bool:
    """RFC 3261, 20.1: without Accept, SDP is understood. RFC 4475, 3.3.15: where it is left out, 406."""
    if "Accept" not in request.headers:
        return True
    ranges = {value.partition(";")[0].strip().lower() for value in request.headers.all("Accept")}
    return not ranges.isdisjoint((SDP, "application/*", "*/*"))


def _receive_initial(core: Core, arrival: Arrival, now: float) -> None:
    request, hop = arrival.request, arrival.hop
    contact = request.contact
    if contact is None and not (request.via.branch or "").startswith(MAGIC_COOKIE):
        # RFC 4475, 3.4.1: a client of RFC 2543 is called back at its From.
        contact = request.from_
    if contact is None or not contact.uri.is_sip:
        core.answer_once(arrival, 400, "Missing Contact")
        return
    if core.settings.call.reliable is Use.REQUIRED and not knows_reliable(request):
        core.answer_once(arrival, 421, fields=[("Require", RELIABLE)])
        return
    tag, lines = core.responder.tag_of(arrival), request.headers.lines()
    to, from_ = lines["To"][0], lines["From"][0]
    dialog = Dialog(
        dialog_id_of(request, tag),
        Parties(
            f"{to};tag={tag}", from_, core.contact(request.uri.user, hop, secure=request.uri.scheme == "sips")
        ),
        core.path(_routes(request), contact.uri, hop, is_symmetric=is_behind_nat(request, hop)),
        remote_cseq=request.cseq.number,
        options=core.settings.call,
    )
    if dialog.id in core.usages.dialogs:
        core.answer_once(arrival, 482)  # a repeat of an INVITE whose transaction is over, but not its call
        return
    incoming = _open(core, arrival, dialog, now)
    if "Expires" in lines and (seconds := expires_of(request.headers)):
        incoming.machine.expire(now + seconds)
        core.agenda.arm(incoming.id, incoming.machine.next_timer())
    core.outbox.append(InviteReceived(incoming.id, request, hop, arrival.who))


def _routes(request: Request) -> tuple[NameAddr, ...]:
    return request.routes("Record-Route") if "Record-Route" in request.headers.lines() else ()


def _receive_reinvite(core: Core, arrival: Arrival, now: float) -> None:
    dialog = find_dialog(core, arrival)
    if dialog is None:
        return
    offer = glare(dialog)
    match dialog.state, dialog.turn.state:
        case dialogs.State.CONFIRMED, invite_turn.State.FREE if offer == 491:
            core.answer_once(arrival, 491)
        case dialogs.State.CONFIRMED, invite_turn.State.FREE if offer == 500:
            core.answer_once(arrival, 500, fields=[retry_after(core)])
        case dialogs.State.CONFIRMED, invite_turn.State.FREE:
            uac.give_way(core, dialog, now)
            incoming = _open(core, arrival, dialog, now)
            core.outbox.append(ReinviteReceived(incoming.id, dialog.id, arrival.request))
        case ((dialogs.State.ENDING | dialogs.State.TERMINATED), _):
            core.answer_once(arrival, 481)
        case _, invite_turn.State.THEIRS:
            # RFC 3261, 14.2: the peer's own INVITE has no final response yet.
            core.answer_once(arrival, 500, fields=[retry_after(core)])
        case _:
            core.answer_once(arrival, 491)


def _open(core: Core, arrival: Arrival, dialog: Dialog, now: float) -> Incoming:
    machine = IncomingInvite(core.transactions.timing)
    incoming = Incoming(core.usages.new_invite_id(), arrival, machine, dialog)
    core.usages.add_incoming(incoming)
    dialog.turn.take(invite_turn.Input.THEIR_INVITE, incoming.id)
    # Without an offer of the peer's the next one is ours, in the first reliable response.
    offer = offer_turn.Input.RECEIVE_OFFER if arrival.request.body else offer_turn.Input.SEND_OFFER
    dialog.offer.take(offer, Carrier.INVITE)
    core.transactions.servers.open(arrival.key, arrival.request, arrival.reply_hop)
    # RFC 3261, 8.2.6.1: a Timestamp comes back in the 100.
    stamps = [("Timestamp", stamp) for stamp in arrival.request.headers.lines().get("Timestamp", ())]
    trying = core.responder.write(arrival, 100, fields=stamps)
    core.transactions.servers.respond(arrival.key, 100, trying, now)
    return incoming
