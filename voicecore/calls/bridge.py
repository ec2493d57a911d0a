"""Two legs that hear each other."""

from __future__ import annotations

from voicecore.calls.leg import Leg
from voicecore.calls.race import race


async def bridge(first: Leg, second: Leg) -> Leg:
    """Joins the audio of two answered legs; returns the one that hung up. Cancelling it parts them again."""
    first.media.hear([second.media])
    second.media.hear([first.media])
    try:
        finished = await race(first.over(), second.over())
    finally:
        first.media.hear([])
        second.media.hear([])
    return (first, second)[finished[0]]
