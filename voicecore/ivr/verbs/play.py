"""play, say, echo: what the caller hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt


async def play(line: Line, prompts: Sequence[Prompt]) -> None:
    """Plays to the end. Cancelling it stops the sound."""
    playout = await line.start(prompts)
    if playout is None:
        return
    try:
        await playout.finished()
    except asyncio.CancelledError:
        playout.stop()
        raise


@asynccontextmanager
async def echo(line: Line) -> AsyncIterator[None]:
    """The caller hears himself while the block runs."""
    line.media.hear([line.media])
    try:
        yield
    finally:
        line.media.hear([])
