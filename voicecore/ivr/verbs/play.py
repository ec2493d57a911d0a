"""play, say, music, echo: what the caller hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from voicecore.calls.journal import EventKind
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt, Say, Spoken
from voicecore.speech.language.kinds import Value


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


async def say(line: Line, text: str, values: Mapping[str, Value]) -> None:
    """Speaks a text; the braces of one without values are part of it."""
    await play(line, [Say(text, **values) if values else Spoken(text)])


@asynccontextmanager
async def music(line: Line) -> AsyncIterator[None]:
    """Music on hold while the block runs; all who listen are at one place in the tune."""
    sounds = await line.studio.music_on_hold()
    line.note(EventKind.PROMPT, "music on hold")
    playout = line.media.play(sounds, repeat=True, in_step=True)
    try:
        yield
    finally:
        playout.stop()


@asynccontextmanager
async def echo(line: Line) -> AsyncIterator[None]:
    """The caller hears himself while the block runs."""
    line.media.hear([line.media])
    try:
        yield
    finally:
        line.media.hear([])
