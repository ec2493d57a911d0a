"""conference: the caller talks to all others in a named room."""

from __future__ import annotations

from voicecore.calls.conference import Seat
from voicecore.calls.journal import EventKind
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Tone
from voicecore.ivr.results import Key
from voicecore.ivr.verbs.key import key

BEEP = Tone((700.0,), 150)


async def conference(line: Line, room: str, seat: Seat, *, keys: str, beep: bool) -> Key:
    """Returns when the caller pressed one of `keys`; without keys he stays until he hangs up."""
    services = line.active.services
    sounds = await line.sounds([BEEP]) if beep else []
    with services.conferences.visit(services.engine, room, line.media, seat) as joined:
        line.note(EventKind.JOINED, room)
        if sounds:
            joined.announce(sounds)
        try:
            return await key(line, keys)
        finally:
            line.note(EventKind.LEFT, room)
