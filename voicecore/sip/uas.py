"""The UAS core: admits requests (RFC 3261, 8.2), answers INVITEs and ends what their timers end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from voicecore.errors import UsageError
from voicecore.sip import dialog as dialogs
from voicecore.sip import invite_turn, offer_turn, reliable_provisional, session
from voicecore.sip.abilities import ACCEPT, ACCEPT_ENCODING
from voicecore.sip.arrival import Arrival
from voicecore.sip.call_options import RELIABLE, CallOptions, Use
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field, canonical
from voicecore.sip.hop import Hop
from voicecore.sip.incoming_invite import Effect, Input, State
from voicecore.sip.message import Request
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.output import (
    Acknowledged,
    ByeAnswered,
    Cancelled,
    DialogEnd,
    DialogEnded,
    InviteId,
    PrackMissing,
    Transmit,
)
from voicecore.sip.reliable_provisional import Provisional, ReliableProvisionals
from voicecore.sip.uac_request import send_bye
from voicecore.sip.usages import HeldAnswer, Incoming

SDP = "application/sdp"

_CHECKED_BY_OWNER = ("CANCEL", "REGISTER")
"""A CANCEL's Require is not looked at (RFC 3261, 8.2.2.3); a registrar has extensions of its own."""

_TAKE_NUMBERS = ("INVITE", "OPTIONS")
"""A tel URI names whom a call is for as well as a SIP URI does; carriers send both (RFC 3966)."""


def is_admitted(core: Core, arrival: Arrival) -> bool:
    """Check what does not depend on the method's own rules; what fails is answered here (RFC 3261, 8.2.2)."""
    request = arrival.request
    if not request.uri.is_sip and not (request.uri.scheme == "tel" and request.method in _TAKE_NUMBERS):
        core.answer_once(arrival, 416)
        return False
    if request.to_tag is None and core.transactions.servers.is_merged(request):
        core.answer_once(arrival, 482)
        return False
    if "Require" in request.headers.lines() and request.method not in _CHECKED_BY_OWNER:
        unknown = [tag for tag in request.headers.all("Require") if tag.lower() not in core.supported]
        if unknown:
            core.answer_once(arrival, 420, fields=[("Unsupported", tag) for tag in unknown])
            return False
    return True


def find_dialog(core: Core, arrival: Arrival) -> Dialog | None:
    """The dialog of a request, in order; a request that has none, or comes too late, is answered here."""
    dialog = core.usages.dialogs.get(arrival.dialog_id())
    if dialog is None:
        core.answer_once(arrival, 481)
        return None
    if not dialog.accept(arrival.request.cseq.number):
        core.answer_once(arrival, 500, "CSeq Out Of Order")
        return None
    return dialog


def is_readable(core: Core, arrival: Arrival) -> bool:
    """Whether a body is SDP as it stands; any other is answered here."""
    request = arrival.request
    if not request.body:
        return True
    encodings = request.headers.lines().get("Content-Encoding", ())
    is_encoded = any(encoding.lower() != "identity" for encoding in encodings)
    if request.content_type == SDP and not is_encoded:
        return True
    core.answer_once(arrival, 415, fields=[ACCEPT_ENCODING if is_encoded else ACCEPT])
    return False


def knows_reliable(request: Request) -> bool:
    """Whether a peer's INVITE offers or demands reliable provisional responses."""
    headers = request.headers
    return RELIABLE in headers.all("Supported") or RELIABLE in headers.all("Require")


def retry_after(core: Core) -> Field:
    """0 to 10 s, for an offer that came while another one of the peer is open (RFC 3261, 14.2; RFC 3311, 5.2)."""
    return ("Retry-After", str(core.random_below(11)))


def is_behind_nat(request: Request, hop: Hop) -> bool:
    """Whether who made the request sits behind a NAT, with no proxy between it and us.

    Its Via and its Contact then name one host, and the request came from another (RFC 3581, 4).
    """
    via, contact = request.via, request.contact
    return (
        via.host != hop.remote.host
        and contact is not None
        and contact.uri.host == via.host
        and len(request.headers.all("Via")) == 1
    )


def respond(
    core: Core,
    invite: InviteId,
    status: int,
    now: float,
    *,
    reason: str | None,
    sdp: bytes,
    headers: Sequence[Field],
    reliable: bool = False,
    options: CallOptions | None = None,
) -> bool:
    """Answer an INVITE of the peer. False when it is settled already."""
    if not 101 <= status <= 699 or not core.usages.has_issued(invite) or invite in core.usages.outgoing:
        raise UsageError(f"status {status} to INVITE {invite}")
    incoming = core.usages.incoming.get(invite)
    if incoming is None or incoming.held is not None:
        return False
    if status < 300 and incoming.dialog.state in (dialogs.State.ENDING, dialogs.State.TERMINATED):
        # RFC 3261, 15.1.2: the call ended under this re-INVITE.
        respond(core, invite, 487, now, reason=None, sdp=b"", headers=())
        return False
    if options is not None:
        incoming.dialog.options = options
    if 200 <= status < 300 and incoming.reliable is not None and _must_wait(incoming):
        if not incoming.machine.receive(Input.HOLD_2XX, now):
            return False
        incoming.held = HeldAnswer(status, reason, sdp, tuple(headers))
        return True
    if not incoming.machine.respond(status, now):
        return False
    if status < 200 and _goes_reliably(incoming, reliable):
        _send_reliably(core, incoming, status, now, reason, headers, sdp)
    else:
        _respond(core, incoming, status, now, reason, headers, sdp)
    settle(core, incoming, now)
    return True


def _respond(
    core: Core,
    incoming: Incoming,
    status: int,
    now: float,
    reason: str | None,
    headers: Sequence[Field],
    sdp: bytes,
) -> None:
    """Put a response on the wire that the INVITE's machine allowed."""
    dialog, request = incoming.dialog, incoming.arrival.request
    fields = [(canonical(name), value) for name, value in headers]
    if status < 300:
        fields += _dialog_fields(core, incoming)
    if 200 <= status < 300:
        fields.append(core.supported_in(dialog.options))
        dialog.advance(dialogs.Input.ANSWER)
        dialog.turn.advance(invite_turn.Input.THEIR_2XX, incoming.id)
        if not incoming.is_initial:
            # RFC 6141, 4.5: the target changes once the re-INVITE succeeds.
            dialog.refresh_target(request)
        if (
            "Session-Expires" in request.headers.lines()
            or dialog.session is not None
            or dialog.options.timer is Use.REQUIRED
        ):
            fields += session.accept(core, dialog, request, now)
        if sdp and not _takes_sdp(incoming):
            sdp = b""
    elif not request.body:
        sdp = b""  # RFC 3261, 13.2.1: an offer of ours goes in a reliable response, or nowhere
    if status >= 200 and incoming.reliable is not None:
        incoming.reliable.receive(reliable_provisional.Input.END, now)
    if sdp:
        fields.append(("Content-Type", SDP))
    _send(core, incoming, status, now, reason, fields, sdp)
    if status < 300:
        core.usages.add_dialog(dialog)


def _takes_sdp(incoming: Incoming) -> bool:
    """Our answer, or our offer, goes out in a reliable response. False: it went out before, and counts no more."""
    if incoming.has_sent_sdp:
        return False
    incoming.has_sent_sdp = True
    if incoming.arrival.request.body:
        incoming.dialog.offer.advance(offer_turn.Input.SEND_ANSWER, Carrier.INVITE)
    return True


# -- reliable provisional responses (RFC 3262, 3) ---------------------------------------------------


def _goes_reliably(incoming: Incoming, wished: bool) -> bool:
    request, use = incoming.arrival.request, incoming.dialog.options.reliable
    if "Require" in request.headers.lines() and RELIABLE in request.headers.all("Require"):
        return True
    wished = wished or use is Use.REQUIRED
    return wished and use is not Use.OFF and knows_reliable(request)


def _send_reliably(
    core: Core,
    incoming: Incoming,
    status: int,
    now: float,
    reason: str | None,
    headers: Sequence[Field],
    sdp: bytes,
) -> None:
    if incoming.reliable is None:
        first = core.random_below(reliable_provisional.RSEQ_LIMIT // 2)
        incoming.reliable = ReliableProvisionals(core.transactions.timing, first)
    rseq = incoming.reliable.next_rseq()
    fields = [(canonical(name), value) for name, value in headers]
    fields += [*_dialog_fields(core, incoming), ("Require", RELIABLE), ("RSeq", str(rseq))]
    if sdp and _takes_sdp(incoming):
        fields.append(("Content-Type", SDP))
    else:
        sdp = b""
    arrival, tag = incoming.arrival, incoming.dialog.id.local_tag
    data = core.responder.write(arrival, status, reason, tag=tag, fields=fields, body=sdp)
    core.usages.add_dialog(incoming.dialog)
    incoming.reliable.send(Provisional(rseq, status, data, bool(sdp)), now)


def _must_wait(incoming: Incoming) -> bool:
    """Whether a 2xx has to wait: for a PRACK, or for our answer to the offer in one."""
    reliable = incoming.reliable
    return reliable is not None and (
        reliable.holds_answer_back or incoming.dialog.offer.carrier is Carrier.PRACK
    )


def prack_received(core: Core, incoming: Incoming, rseq: int, now: float) -> None:
    if incoming.reliable is not None and incoming.reliable.acknowledge(rseq, now):
        _release(core, incoming, now)


def resume(core: Core, dialog: Dialog, now: float) -> None:
    """The offer in a PRACK was answered: what waited for that may go on."""
    if dialog.turn.holder is not None and (incoming := core.usages.incoming.get(dialog.turn.holder)):
        _release(core, incoming, now)


def _release(core: Core, incoming: Incoming, now: float) -> None:
    held = incoming.held
    if held is not None and not _must_wait(incoming) and incoming.machine.respond(held.status, now):
        incoming.held = None
        _respond(core, incoming, held.status, now, held.reason, held.headers, held.sdp)
    settle(core, incoming, now)


def _carry_on_reliably(core: Core, incoming: Incoming, reliable: ReliableProvisionals, now: float) -> None:
    """What the sequence of reliable provisionals asks for, before the INVITE's own machine is heard."""
    arrival = incoming.arrival
    for effect in reliable.poll():
        match effect, reliable.current:
            case reliable_provisional.Effect.GIVE_UP, _:
                incoming.machine.receive(Input.PRACK_MISSING, now)
            case reliable_provisional.Effect.SEND, Provisional(_, status, data):
                incoming.last = Transmit(data, arrival.reply_hop, arrival.request.call_id)
                core.transactions.servers.respond(arrival.key, status, data, now)
            case reliable_provisional.Effect.REPEAT, Provisional(_, _, data):
                core.outbox.append(Transmit(data, arrival.reply_hop, arrival.request.call_id))


# -- the rest ---------------------------------------------------------------------------------------


def _dialog_fields(core: Core, incoming: Incoming) -> list[Field]:
    """What a response that makes a dialog carries (RFC 3261, 12.1.1)."""
    headers = incoming.arrival.request.headers
    values = headers.all("Record-Route") if incoming.dialog.path.routes else ()
    routes = [("Record-Route", value) for value in values]
    return [*routes, ("Contact", incoming.dialog.parties.contact), *core.abilities.call]


def _send(
    core: Core,
    incoming: Incoming,
    status: int,
    now: float,
    reason: str | None = None,
    fields: Sequence[Field] = (),
    body: bytes = b"",
) -> None:
    arrival = incoming.arrival
    tag = incoming.dialog.id.local_tag
    data = core.responder.write(arrival, status, reason, tag=tag, fields=fields, body=body)
    incoming.last = Transmit(data, arrival.reply_hop, arrival.request.call_id)
    core.transactions.servers.respond(arrival.key, status, data, now)


def settle(core: Core, incoming: Incoming, now: float) -> None:
    """Carry out what the INVITE's machine asks for, arm its timer, and forget it when it is over."""
    reliable = incoming.reliable
    if reliable is not None:
        _carry_on_reliably(core, incoming, reliable, now)
    effects = incoming.machine.poll()
    if incoming.machine.is_over:
        _forget(core, incoming, now)
    else:
        due = incoming.machine.next_timer()
        if reliable is not None and (other := reliable.next_timer()) is not None:
            due = other if due is None else min(due, other)
        core.agenda.arm(incoming.id, due)
    for effect in effects:
        _carry_out(core, incoming, effect, now)


def _carry_out(core: Core, incoming: Incoming, effect: Effect, now: float) -> None:
    match effect:
        case Effect.REPEAT:
            if incoming.last is not None:
                core.outbox.append(incoming.last)
        case Effect.REFUSE:
            _send(core, incoming, 487, now)
            core.outbox.append(Cancelled(incoming.id, incoming.cancel))
        case Effect.TIME_OUT:
            _send(core, incoming, 504, now)
            core.outbox.append(PrackMissing(incoming.id))
        case Effect.WITHDRAW:
            _send(core, incoming, 480, now)
            core.outbox.append(ByeAnswered(incoming.dialog.id))
        case Effect.NO_ACK:
            core.outbox.append(DialogEnded(incoming.dialog.id, DialogEnd.NO_ACK, None))
            send_bye(core, incoming.dialog, (), now)
        case Effect.HANG_UP:
            send_bye(core, incoming.dialog, incoming.bye_fields, now)
        case _:
            assert_never(effect)


def acknowledge(core: Core, incoming: Incoming, arrival: Arrival, now: float) -> None:
    """The ACK of our 2xx came. Its owner hears of it, unless the call is being hung up already."""
    hanging_up = incoming.machine.state is State.HANGING_UP
    if arrival.request.body:
        incoming.dialog.offer.advance(offer_turn.Input.RECEIVE_ANSWER, Carrier.INVITE)
    if incoming.machine.receive(Input.ACK, now):
        if not hanging_up:
            core.outbox.append(Acknowledged(incoming.id, incoming.dialog.id, arrival.request))
        settle(core, incoming, now)


def handle_timer(core: Core, invite: InviteId, now: float) -> None:
    if (incoming := core.usages.incoming.get(invite)) is not None:
        if incoming.reliable is not None:
            incoming.reliable.handle_timer(now)
        incoming.machine.handle_timer(now)
        settle(core, incoming, now)


def _forget(core: Core, incoming: Incoming, now: float) -> None:
    core.agenda.arm(incoming.id, None)
    core.usages.drop_incoming(incoming)
    dialog = incoming.dialog
    dialog.turn.advance(invite_turn.Input.THEIR_END, incoming.id)
    dialog.offer.advance(offer_turn.Input.DROP, Carrier.INVITE)
    if dialog.advance(dialogs.Input.FAILURE):
        core.drop_dialog(dialog, now)
