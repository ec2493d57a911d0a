"""dial and bridge: a second party, and talking to it."""

from __future__ import annotations

from voicecore.calls import outbound
from voicecore.calls.bridge import bridge as join
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.ivr.line import Line
from voicecore.ivr.results import BridgeEnd


async def dial(line: Line, target: str, *, ring_time: float) -> outbound.DialOutcome:
    """Calls a SIP URI while the caller hears ring-back. The new leg ends at the latest with the call."""
    line.leg.ring()
    playout = None
    if line.leg.is_answered:
        playout = line.media.play([await line.studio.ring_back()], repeat=True)
    try:
        return await outbound.dial(
            line.active, target, local=line.studio.places.local_addresses, ring_time=ring_time
        )
    finally:
        if playout is not None:
            playout.stop()


async def bridge(line: Line, party: Leg) -> BridgeEnd:
    """Caller and party talk until one hangs up; the party's leg is over after it."""
    line.note(EventKind.BRIDGED, f"leg {line.leg.id} and leg {party.id}")
    try:
        gone = await join(line.leg, party)
    finally:
        line.note(EventKind.UNBRIDGED, f"leg {line.leg.id} and leg {party.id}")
        party.hang_up()
    return BridgeEnd.PARTY_HUNG_UP if gone is party else BridgeEnd.CALLER_HUNG_UP
