"""secret: what is pressed is kept nowhere. A card number, a PIN."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicecore.ivr.line import Line, Tape


@asynccontextmanager
async def secret(line: Line) -> AsyncIterator[None]:
    """Steps of the journal that would tell it are hidden, and recordings of the call pause: keys are tones there.

    Keys that were typed ahead of the block and are taken in it are hidden as well. Those left over at its end are
    forgotten, so that no later question notes them.
    """
    before, held = list(line.tapes), list[Tape]()
    try:
        with line.active.journal.secret(line.leg.id, line.digits.waiting):
            try:
                for tape in before:
                    held.append(tape)
                    await tape.pause()
                yield
            finally:
                line.digits.clear()
    finally:
        for tape in line.tapes:
            if tape in held or tape not in before:  # one that began in the block waits for its end
                tape.resume()
