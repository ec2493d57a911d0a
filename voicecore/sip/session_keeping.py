"""What a session timer makes us do: refresh the call, or end it (RFC 4028, 7.4 and 10)."""

from __future__ import annotations

from typing import assert_never

from voicecore.sip import dialog as dialogs
from voicecore.sip import update
from voicecore.sip.core import Core
from voicecore.sip.hang_up import hang_up
from voicecore.sip.output import DialogEnd, DialogEnded, DialogId, RefreshDue
from voicecore.sip.session_timer import Effect

_REASON = ("Reason", 'SIP;cause=408;text="Session Timer Expired"')


def handle_timer(core: Core, id: DialogId, now: float) -> None:
    dialog = core.usages.dialogs.get(id)
    if dialog is None or dialog.session is None or dialog.state is not dialogs.State.CONFIRMED:
        return
    timer = dialog.session
    timer.handle_timer(now)
    core.agenda.arm(id, timer.next_timer())
    for effect in timer.poll():
        match effect:
            case Effect.REFRESH if timer.peer_updates:
                update.refresh(core, dialog, now)
            case Effect.REFRESH:
                core.outbox.append(RefreshDue(id))
            case Effect.EXPIRE:
                core.outbox.append(DialogEnded(id, DialogEnd.SESSION_EXPIRED, None))
                hang_up(core, dialog, (_REASON,), now)
            case _:
                assert_never(effect)
