"""secret: what is pressed is kept nowhere. A card number, a PIN."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicecore.ivr.line import Line


@asynccontextmanager
async def secret(line: Line) -> AsyncIterator[None]:
    """Steps of the journal that would tell it are hidden, and recordings of the call are silent: keys are tones there.

    For the same reason nobody who hears the caller does so meanwhile: no party, no supervisor, no conference.

    Keys that were typed ahead of the block and are taken in it are hidden in the journal as well. Those left over at
    its end are forgotten, so that no later question notes them.
    """
    before = list(line.tapes)
    for tape in before:
        tape.mask()
    media = line.media
    media.begin_secret()
    try:
        with line.active.journal.secret(line.leg.id, line.digits.waiting):
            try:
                yield
            finally:
                line.digits.clear()
    finally:
        media.end_secret()
        # Those that began in the block were masked by it, too.
        for tape in line.tapes:
            tape.unmask()
