"""dial and bridge: a second party, and talking to it."""

from __future__ import annotations

from voicecore.calls import outbound
from voicecore.calls.bridge import Bridge
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.party import STRANGER
from voicecore.ivr.line import Line
from voicecore.ivr.results import BridgeEnd


async def dial(
    line: Line, target: str, *, ring_time: float, early_media: bool, as_caller: bool
) -> outbound.DialOutcome:
    """Calls somebody while the caller hears ring-back. The new leg ends at the latest with the call."""
    line.leg.ring()
    ring_back = None
    if line.leg.has_media:
        ring_back = line.media.play([await line.studio.ring_back()], repeat=True)

    def pass_on(party: Leg) -> None:
        if ring_back is not None:
            ring_back.stop()
        if line.leg.has_media or line.leg.early_media():
            line.note(EventKind.EARLY_MEDIA, f"leg {party.id}")
            line.media.hear([party.media])

    try:
        outcome = await outbound.dial(
            line.active,
            target,
            ring_time=ring_time,
            on_behalf_of=line.leg.identity.party if as_caller else STRANGER,
            on_early_media=pass_on if early_media else None,
        )
    finally:
        if ring_back is not None:
            ring_back.stop()
        line.media.hear([])
    return outcome


async def bridge(line: Line, party: Leg) -> BridgeEnd:
    """Caller and party talk until one hangs up; the party's leg is over after it."""
    line.note(EventKind.BRIDGED, f"leg {line.leg.id} and leg {party.id}")
    joined = Bridge(line.leg, party)
    try:
        gone = await joined.run()
    finally:
        line.note(EventKind.UNBRIDGED, f"leg {line.leg.id} and leg {joined.other(line.leg).id}")
        for leg in joined.legs:
            # A party that was transferred away belongs to another call now.
            if leg is not line.leg and leg in line.active.legs:
                leg.hang_up()
    return BridgeEnd.CALLER_HUNG_UP if gone is line.leg else BridgeEnd.PARTY_HUNG_UP
