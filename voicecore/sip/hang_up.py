"""Our own wish to end an answered call, whatever else is in progress in its dialog (RFC 3261, 15)."""

from __future__ import annotations

from collections.abc import Sequence

from voicecore.errors import UsageError
from voicecore.sip import dialog as dialogs
from voicecore.sip import incoming_invite, uac, uas
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field
from voicecore.sip.uac_request import send_bye


def hang_up(core: Core, dialog: Dialog, fields: Sequence[Field], now: float) -> None:
    """Send BYE, or let it wait for the ACK of our 2xx. What else is in progress is refused or taken back."""
    holder = dialog.turn.holder
    if (
        holder is not None
        and (held := core.usages.incoming.get(holder)) is not None
        and held.held is not None
    ):
        held.machine.receive(incoming_invite.Input.HANG_UP, now)
        uas.settle(core, held, now)
    if dialog.state is dialogs.State.EARLY:
        raise UsageError("BYE before the call was answered: use cancel or respond")
    if holder is not None and (incoming := core.usages.incoming.get(holder)) is not None:
        if incoming.machine.receive(incoming_invite.Input.HANG_UP, now):
            incoming.bye_fields = tuple(fields)
            return
        if incoming.machine.state is incoming_invite.State.HANGING_UP:
            return
        uas.respond(core, holder, 487, now, reason=None, sdp=b"", headers=())
    if holder is not None and (outgoing := core.usages.outgoing.get(holder)) is not None:
        uac.cancel(core, outgoing, now, reason=None)
    send_bye(core, dialog, fields, now)
