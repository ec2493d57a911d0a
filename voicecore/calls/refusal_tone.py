"""The tones of a network that refuses a call without saying so in SIP, in its early media."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecore.calls.leg import Leg
from voicecore.ids import LegId
from voicecore.media.call_progress import ProgressTone
from voicecore.media.events import ToneHeard

REFUSALS: Final = frozenset({ProgressTone.BUSY, ProgressTone.CONGESTION, ProgressTone.SPECIAL_INFORMATION})

Refused = dict[LegId, ToneHeard]
"""Which legs were refused so, and by what."""


async def hears_refusal(leg: Leg, tones: frozenset[ProgressTone], refused: Refused) -> None:
    """Listens to the early media of a leg, and returns when it was refused by one of the tones."""
    await leg.media_flows()
    if leg.is_answered or leg.is_over:
        await asyncio.Event().wait()
    with leg.media.hearing_tones(tones, leg.identity.country) as ear:
        refused[leg.id] = await ear.next()
