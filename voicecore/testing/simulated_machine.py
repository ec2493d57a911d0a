"""An answering machine on a simulated phone: it greets, beeps, and takes what is said."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

from voicecore.ids import LegId
from voicecore.media.call_progress import ProgressTone
from voicecore.testing.simulated_engine import SimulatedEngine

BEGINS_S = 0.5
"""Seconds from the answer to the first word."""
BEEPS_S = 0.8
"""Seconds from the last word to when its beep is over and known."""


class Greeting(NamedTuple):
    """What it says, in seconds of speech without a pause."""

    seconds: float = 4.0
    beeps: bool = True


def leg_of_offer(engine: SimulatedEngine, offer: bytes) -> LegId | None:
    """The engine's leg that an offer of the platform describes, by its port."""
    found = re.search(rb"^m=audio (\d+)", offer, re.MULTILINE)
    port = int(found[1]) if found else 0
    return next((leg for leg, state in engine.legs.items() if state.port == port), None)


def greet(engine: SimulatedEngine, leg: LegId, greeting: Greeting) -> None:
    """Speaks and beeps on the leg, as far as it lives so long."""
    loop = asyncio.get_running_loop()

    def begin() -> None:
        if leg in engine.legs:
            engine.speak(leg)

    def end() -> None:
        if leg in engine.legs:
            engine.fall_silent(leg)

    def beep() -> None:
        if leg in engine.legs and greeting.beeps:
            engine.sound(leg, ProgressTone.BEEP)

    loop.call_later(BEGINS_S, begin)
    loop.call_later(BEGINS_S + greeting.seconds, end)
    loop.call_later(BEGINS_S + greeting.seconds + BEEPS_S, beep)
