"""CANCEL (RFC 3261, 9.2). After a final response it changes nothing."""

from __future__ import annotations

from voicecore.sip import incoming_invite, uas
from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core
from voicecore.sip.output import Transmit


def receive(core: Core, arrival: Arrival, now: float) -> None:
    key = arrival.key.of_invite()
    if key not in core.transactions.servers:
        core.answer_once(arrival, 481)
        return
    incoming = core.usages.incoming_of.get(key)
    tag = incoming.dialog.id.local_tag if incoming is not None else None
    # The answer needs no transaction: a repeated CANCEL finds the same INVITE and gets it again.
    data = core.responder.write(arrival, 200, tag=tag)
    core.outbox.append(Transmit(data, arrival.reply_hop, arrival.request.call_id))
    if incoming is not None and incoming.machine.receive(incoming_invite.Input.CANCEL, now):
        incoming.cancel = arrival.request
        uas.settle(core, incoming, now)
