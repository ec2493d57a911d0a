"""OPTIONS (RFC 3261, 11.2): what we can do, within a dialog and outside of one."""

from __future__ import annotations

from voicecore.sip.arrival import Arrival
from voicecore.sip.core import Core
from voicecore.sip.uas import find_dialog


def receive(core: Core, arrival: Arrival, now: float) -> None:
    if arrival.request.to_tag is not None and find_dialog(core, arrival) is None:
        return
    core.answer_once(arrival, 200, fields=core.abilities.all)
