"""answered_by: whether a person or a machine answered."""

from __future__ import annotations

from voicecore.calls.answering import who_answered
from voicecore.calls.dial_outcome import Machine
from voicecore.calls.leg import Leg
from voicecore.calls.machine_detection import MachineDetection, MachineFound, Person
from voicecore.ivr.line import Line


async def answered_by(line: Line, party: Leg, detection: MachineDetection) -> Person | Machine:
    """Listens to how a party, which has just answered, greets."""
    match await who_answered(party, detection, party.identity.country or line.country):
        case MachineFound(sign, at_beep):
            return Machine(party, sign, at_beep)
        case person:
            return person
