"""ACK of a 2xx (RFC 3261, 13.3.1.4). The ACK of a failure ends in its transaction and does not come here."""

from __future__ import annotations

from voicecore.sip import uas
from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core


def receive(core: Core, arrival: Arrival, now: float) -> None:
    """One that matches nothing is a repeat, or forged: an ACK is never answered."""
    dialog = core.usages.dialogs.get(arrival.dialog_id())
    if dialog is None or dialog.turn.holder is None:
        return
    incoming = core.usages.incoming.get(dialog.turn.holder)
    if incoming is not None and incoming.arrival.request.cseq.number == arrival.request.cseq.number:
        uas.acknowledge(core, incoming, arrival, now)
