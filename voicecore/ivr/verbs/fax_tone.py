"""fax_tone: a fax machine calls, and sends its calling tone."""

from __future__ import annotations

from voicecore.ivr.line import Line
from voicecore.ivr.results import FaxTone
from voicecore.media.call_progress import ProgressTone

_CALLING = frozenset({ProgressTone.FAX_CALLING})


async def fax_tone(line: Line) -> FaxTone:
    """Listens to the caller until a burst of CNG ended. Beside it anything may be played or gathered."""
    with line.media.hearing_tones(_CALLING, line.country) as ear:
        await ear.next()
    return FaxTone()
