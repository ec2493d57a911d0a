"""bridge: the caller and another party talk to each other."""

from __future__ import annotations

from voicecore.calls.bridge import Bridge
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.ivr.line import Line
from voicecore.ivr.results import BridgeEnd


async def bridge(line: Line, party: Leg) -> BridgeEnd:
    """Caller and party talk until one hangs up; the party's leg is over after it."""
    line.note(EventKind.BRIDGED, f"leg {line.leg.id} and leg {party.id}")
    joined = Bridge(line.leg, party)
    for tape in line.tapes:
        tape.joined(party)
    try:
        gone = await joined.run()
    finally:
        line.note(EventKind.UNBRIDGED, f"leg {line.leg.id} and leg {joined.other(line.leg).id}")
        for leg in joined.legs:
            # A party that was transferred away belongs to another call now.
            if leg is not line.leg and leg in line.active.legs:
                leg.hang_up()
    return BridgeEnd.CALLER_HUNG_UP if gone is line.leg else BridgeEnd.PARTY_HUNG_UP
