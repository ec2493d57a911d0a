"""BYE (RFC 3261, 15.1.2)."""

from __future__ import annotations

from voicecore.sip import dialog as dialogs
from voicecore.sip import incoming_invite, uas
from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.output import DialogEnd, DialogEnded


def receive(core: Core, arrival: Arrival, now: float) -> None:
    dialog = uas.find_dialog(core, arrival)
    if dialog is None:
        return
    if not _may_end(core, dialog):
        core.answer_once(arrival, 481)
        return
    core.transactions.servers.open(arrival.key, arrival.request, arrival.reply_hop)
    core.transactions.servers.respond(arrival.key, 200, core.responder.write(arrival, 200), now)
    was_ours = dialog.state is dialogs.State.ENDING or _is_hanging_up(core, dialog)
    was_early = dialog.state is dialogs.State.EARLY
    dialog.advance(dialogs.Input.RECEIVE_BYE)
    if not (was_ours or was_early):
        core.outbox.append(DialogEnded(dialog.id, DialogEnd.BYE_RECEIVED, arrival.request))
    incoming = core.usages.incoming.get(dialog.turn.holder) if dialog.turn.holder is not None else None
    if incoming is not None and incoming.machine.receive(incoming_invite.Input.BYE, now):
        uas.settle(core, incoming, now)
    if dialog.state is dialogs.State.TERMINATED:
        core.drop_dialog(dialog, now)


def _may_end(core: Core, dialog: Dialog) -> bool:
    """RFC 3261, 15: who was called may not send BYE before it answered; no call, no BYE."""
    if dialog.state is dialogs.State.TERMINATED:
        return False
    return dialog.state is not dialogs.State.EARLY or dialog.turn.holder in core.usages.incoming


def _is_hanging_up(core: Core, dialog: Dialog) -> bool:
    incoming = core.usages.incoming.get(dialog.turn.holder) if dialog.turn.holder is not None else None
    return incoming is not None and incoming.machine.state is incoming_invite.State.HANGING_UP
