"""The UAS core: admits requests (RFC 3261, 8.2), answers INVITEs and ends what their timers end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from voicecore.errors import UsageError
from voicecore.sip import dialog as dialogs
from voicecore.sip import invite_turn
from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field, canonical
from voicecore.sip.hop import Hop
from voicecore.sip.incoming_invite import Effect, Input, State
from voicecore.sip.message import Request
from voicecore.sip.output import Acknowledged, Cancelled, DialogEnd, DialogEnded, InviteId, Transmit
from voicecore.sip.uac_request import send_bye
from voicecore.sip.usages import Incoming


def is_admitted(core: Core, arrival: Arrival) -> bool:
    """Check what does not depend on the method's own rules; what fails is answered here (RFC 3261, 8.2.2)."""
    request = arrival.request
    if not request.uri.is_sip:
        core.answer_once(arrival, 416)
        return False
    if request.to.tag is None and core.transactions.servers.is_merged(request):
        core.answer_once(arrival, 482)
        return False
    # RFC 3261, 8.2.2.3: a CANCEL's Require is not looked at.
    if "Require" in request.headers.lines() and request.method != "CANCEL":
        required = request.headers.all("Require")
        core.answer_once(arrival, 420, fields=[("Unsupported", option) for option in required])
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


def is_behind_nat(request: Request, hop: Hop) -> bool:
    """Whether who made the request sits behind a NAT, with no proxy between it and us.

    Its Via and its Contact then name one host, and the request came from another (RFC 3581, 4).
    """
    via, contact = request.via, request.contact
    return (
        via.host != hop.remote.host
        and contact is not None
        and contact.uri.host == via.host
        and len(request.vias) == 1
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
) -> bool:
    """Answer an INVITE of the peer. False when it is settled already."""
    if not 101 <= status <= 699 or not core.usages.has_issued(invite) or invite in core.usages.outgoing:
        raise UsageError(f"status {status} to INVITE {invite}")
    incoming = core.usages.incoming.get(invite)
    if incoming is None or not incoming.machine.respond(status, now):
        return False
    fields = [(canonical(name), value) for name, value in headers]
    if status < 300:
        fields += _dialog_fields(core, incoming)
    if sdp:
        fields.append(("Content-Type", "application/sdp"))
    _send(core, incoming, status, now, reason, fields, sdp)
    dialog = incoming.dialog
    if status < 300:
        core.usages.add_dialog(dialog)
    if 200 <= status < 300:
        dialog.advance(dialogs.Input.ANSWER)
        dialog.turn.advance(invite_turn.Input.THEIR_2XX, invite)
        if not incoming.is_initial:
            # RFC 6141, 4.5: the target changes once the re-INVITE succeeds.
            dialog.refresh_target(incoming.arrival.request)
    settle(core, incoming, now)
    return True


def _dialog_fields(core: Core, incoming: Incoming) -> list[Field]:
    """What a response that makes a dialog carries (RFC 3261, 12.1.1)."""
    headers = incoming.arrival.request.headers
    values = headers.all("Record-Route") if incoming.dialog.path.routes else ()
    routes = [("Record-Route", value) for value in values]
    return [*routes, ("Contact", incoming.dialog.parties.contact), ("Allow", core.responder.allow)]


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
    effects = incoming.machine.poll()
    if incoming.machine.is_over:
        _forget(core, incoming)
    else:
        core.agenda.arm(incoming.id, incoming.machine.next_timer())
    for effect in effects:
        _carry_out(core, incoming, effect, now)


def _carry_out(core: Core, incoming: Incoming, effect: Effect, now: float) -> None:
    match effect:
        case Effect.REPEAT:
            if incoming.last is not None:
                core.outbox.append(incoming.last)
        case Effect.REFUSE:
            _send(core, incoming, 487, now)
            core.outbox.append(Cancelled(incoming.id))
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
    if incoming.machine.receive(Input.ACK, now):
        if not hanging_up:
            core.outbox.append(Acknowledged(incoming.id, incoming.dialog.id, arrival.request))
        settle(core, incoming, now)


def handle_timer(core: Core, invite: InviteId, now: float) -> None:
    if (incoming := core.usages.incoming.get(invite)) is not None:
        incoming.machine.handle_timer(now)
        settle(core, incoming, now)


def _forget(core: Core, incoming: Incoming) -> None:
    core.agenda.arm(incoming.id, None)
    core.usages.drop_incoming(incoming)
    dialog = incoming.dialog
    dialog.turn.advance(invite_turn.Input.THEIR_END, incoming.id)
    if dialog.advance(dialogs.Input.FAILURE):
        core.usages.drop_dialog(dialog)
