"""UPDATE (RFC 3311, 5.2): the peer changes a call, answered or not, or shows that it lives (RFC 4028)."""

from __future__ import annotations

from voicecore.sip import dialog as dialogs
from voicecore.sip import offer_turn, session, uac, update
from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core
from voicecore.sip.headers import Field
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.output import UpdateReceived
from voicecore.sip.uas import find_dialog, is_readable, retry_after
from voicecore.sip.usages import Asked


def receive(core: Core, arrival: Arrival, now: float) -> None:
    if core.transactions.is_full:
        core.answer_once(arrival, 503, fields=[("Retry-After", str(core.settings.retry_after))])
        return
    dialog = find_dialog(core, arrival)
    if dialog is None:
        return
    if dialog.state not in (dialogs.State.EARLY, dialogs.State.CONFIRMED):
        core.answer_once(arrival, 481)
        return
    request = arrival.request
    status = 500 if dialog.asked else update.glare(dialog) if request.body else None
    if status is not None:
        fields: list[Field] = [retry_after(core)] if status == 500 else []
        core.answer_once(arrival, status, fields=fields)
        return
    if not is_readable(core, arrival) or not session.is_acceptable(core, arrival):
        return
    core.transactions.servers.open(arrival.key, request, arrival.reply_hop)
    id, asked = core.usages.new_request_id(), Asked(arrival, dialog)
    if request.body:
        uac.give_way(core, dialog, now)
        dialog.offer.take(offer_turn.Input.RECEIVE_OFFER, Carrier.UPDATE)
        dialog.asked = (*dialog.asked, id)
        core.usages.asked[id] = asked
    else:
        fields = update.answer_fields(core, id, asked, dialog, 200, b"", now)
        core.transactions.servers.respond(
            arrival.key, 200, core.responder.write(arrival, 200, fields=fields), now
        )
    core.outbox.append(UpdateReceived(id, dialog.id, request))
