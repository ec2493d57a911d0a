"""What a UAC sends: INVITE, CANCEL, the ACK of a 2xx, BYE (RFC 3261, 8.1, 9.1, 13.2, 15.1.1)."""

from __future__ import annotations

from collections.abc import Sequence

from voicecore.sip import dialog as dialogs
from voicecore.sip import invite_turn, offer_turn, session
from voicecore.sip.call_options import RELIABLE, CallOptions, Use
from voicecore.sip.challenge import Answerer
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field, Headers, canonical
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.outgoing_invite import OutgoingInvite
from voicecore.sip.output import DialogId, Failed, InviteId, Transmit
from voicecore.sip.reason import reason_phrase
from voicecore.sip.uri import Uri
from voicecore.sip.usages import Fork, Goodbye, Outgoing


def invite(
    core: Core,
    target: Uri,
    hop: Hop,
    now: float,
    *,
    from_: NameAddr,
    to: NameAddr | None,
    sdp: bytes,
    headers: Sequence[Field],
    is_symmetric: bool,
    answerer: Answerer | None,
    options: CallOptions,
) -> InviteId:
    """Start a call: `target` is the Request-URI, `hop` the way there."""
    branch = core.new_branch()
    request = Request(
        "INVITE",
        target,
        Headers(
            [
                ("Via", core.via(hop, branch)),
                ("Max-Forwards", str(options.max_forwards)),
                ("From", str(from_.with_tag(core.new_tag()))),
                ("To", str(to or NameAddr("", target))),
                ("Call-ID", core.token(22)),
                ("CSeq", "1 INVITE"),
                ("Contact", core.contact(from_.uri.user, hop, secure=target.scheme == "sips")),
                *_invite_fields(core, None, options, headers, sdp),
            ]
        ),
        sdp,
    )
    outgoing = _open_invite(core, core.usages.new_invite_id(), request, branch, hop, now, base=None)
    outgoing.is_symmetric = is_symmetric
    outgoing.answerer = answerer
    outgoing.options = options
    return outgoing.id


def reinvite(core: Core, id: DialogId, now: float, *, sdp: bytes, headers: Sequence[Field]) -> InviteId:
    """Change an answered call. Fails with 491 where another INVITE is in progress (RFC 3261, 14.1)."""
    invite_id = core.usages.new_invite_id()
    dialog = core.usages.dialogs.get(id)
    if dialog is None or dialog.state is not dialogs.State.CONFIRMED:
        core.outbox.append(Failed(invite_id, 481, reason_phrase(481), None, id))
        return invite_id
    if not take_turns(dialog, invite_id, has_offer=bool(sdp)):
        core.outbox.append(Failed(invite_id, 491, reason_phrase(491), None, id))
        return invite_id
    branch, hop = core.new_branch(), core.way(dialog.path)
    fields = [
        ("Contact", dialog.parties.contact),
        *_invite_fields(core, dialog, dialog.options, headers, sdp),
    ]
    request = dialog.request("INVITE", dialog.next_cseq(), core.via(hop, branch), fields, sdp)
    return _open_invite(core, invite_id, request, branch, hop, now, base=dialog).id


def take_turns(dialog: Dialog, invite: InviteId, *, has_offer: bool) -> bool:
    """Both turns that a re-INVITE needs, or neither: nobody else's INVITE and nobody's offer is open."""
    if dialog.offer.state is not offer_turn.State.FREE:
        return False
    if not dialog.turn.take(invite_turn.Input.OUR_INVITE, invite):
        return False
    dialog.offer.take(offer_input(has_offer=has_offer), Carrier.INVITE)
    return True


def offer_input(*, has_offer: bool) -> offer_turn.Input:
    """Whose offer an INVITE of ours opens: without ours, the peer makes one in its first reliable response."""
    return offer_turn.Input.SEND_OFFER if has_offer else offer_turn.Input.RECEIVE_OFFER


def _invite_fields(
    core: Core, dialog: Dialog | None, options: CallOptions, headers: Sequence[Field], sdp: bytes
) -> list[Field]:
    tags = options.option_tags
    if not sdp and options.reliable is Use.SUPPORTED:
        # The peer's offer would come in a provisional, to be answered in the PRACK: who wants that says so.
        tags = tuple([tag for tag in tags if tag != RELIABLE])
    fields = [*core.abilities.call, ("Supported", ", ".join(tags))]
    if options.reliable is Use.REQUIRED:
        fields.append(("Require", RELIABLE))
    fields += session.propose(dialog, options)
    fields.append(("User-Agent", core.settings.user_agent))
    fields += [(canonical(name), value) for name, value in headers]
    return [*fields, ("Content-Type", "application/sdp")] if sdp else fields


def _open_invite(
    core: Core, id: InviteId, request: Request, branch: str, hop: Hop, now: float, *, base: Dialog | None
) -> Outgoing:
    key = core.open_client(request, branch, hop, now)
    machine = OutgoingInvite(core.transactions.timing.timeout, core.settings.ring_limit)
    outgoing = Outgoing(id, key, request, hop, machine, base)
    if base is not None:
        outgoing.answerer, outgoing.options = base.answerer, base.options
    core.usages.add_outgoing(outgoing)
    return outgoing


def send_prack(core: Core, dialog: Dialog, rack: str, sdp: bytes, now: float) -> None:
    """Acknowledge a reliable provisional response (RFC 3262, 4). What comes of it, the INVITE will show."""
    branch, hop = core.new_branch(), core.way(dialog.path)
    fields = [("RAck", rack), ("User-Agent", core.settings.user_agent)]
    if sdp:
        fields.append(("Content-Type", "application/sdp"))
    request = dialog.request("PRACK", dialog.next_cseq(), core.via(hop, branch), fields, sdp)
    core.open_client(request, branch, hop, now)


def send_bye(core: Core, dialog: Dialog, fields: Sequence[Field], now: float) -> None:
    """Hang up. Where the dialog is ending or over already, there is nothing to do."""
    if not dialog.advance(dialogs.Input.SEND_BYE):
        return
    branch, hop = core.new_branch(), core.way(dialog.path)
    fields = [("User-Agent", core.settings.user_agent), *[(canonical(name), value) for name, value in fields]]
    request = dialog.request("BYE", dialog.next_cseq(), core.via(hop, branch), fields)
    core.usages.byes[core.open_client(request, branch, hop, now)] = Goodbye(request, hop, dialog)


def send_cancel(core: Core, outgoing: Outgoing, now: float) -> None:
    """RFC 3261, 9.1: like the INVITE, with its branch and on its way."""
    invite, hop = core.transactions.clients.sent(outgoing.key)
    request = Request(
        "CANCEL",
        invite.uri,
        Headers(
            [
                *[(name, value) for name, value in invite.headers if name in _CANCEL_COPIES],
                ("CSeq", f"{invite.cseq.number} CANCEL"),
                ("User-Agent", core.settings.user_agent),
                *outgoing.cancel_fields,
            ]
        ),
    )
    core.transactions.clients.open(request, outgoing.key.branch, hop, now)


def send_ack(core: Core, outgoing: Outgoing, fork: Fork, sdp: bytes) -> None:
    """Acknowledge a 2xx, and keep the bytes for its repeats (RFC 3261, 13.2.2.4)."""
    dialog = fork.dialog
    hop = core.way(dialog.path)
    fields = [("Content-Type", "application/sdp")] if sdp else ()
    cseq, via = outgoing.request.cseq.number, core.via(hop, core.new_branch())
    request = dialog.request("ACK", cseq, via, fields, sdp)
    fork.ack = Transmit(request.to_bytes(), hop, dialog.id.call_id)
    core.outbox.append(fork.ack)


_CANCEL_COPIES = frozenset({"Via", "Max-Forwards", "Route", "From", "To", "Call-ID"})
