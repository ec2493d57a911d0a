"""play, say, echo: what the caller hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from voicecore.calls.playout import Playout
from voicecore.calls.race import beside
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import InLanguage, Prompt, Say, Single, Spoken, flat
from voicecore.ivr.verbs.speak import speak
from voicecore.media.events import PlayoutEnd
from voicecore.media.sounds import Sound
from voicecore.speech.language.kinds import Value
from voicecore.speech.sentence import sentences


async def play(line: Line, prompts: Sequence[Prompt]) -> None:
    """Plays to the end. Cancelling it stops the sound.

    A long text begins to be heard with its first sentence, while the next is being made; one that a synthesiser
    streams, with the first part that comes.
    """
    match list(flat(prompts)):
        case [Spoken(text)] if line.studio.streams(text, line.language, line.voice):
            if await speak(line, text):
                return
    rows = _rows(prompts)
    if len(rows) == 1:
        await _to_its_end(await line.start(prompts))
        return
    made: asyncio.Queue[list[Sound]] = asyncio.Queue(1)  # full: the sentence after the next waits to be made

    async def make() -> None:
        for row in rows:
            await made.put(await line.sounds(row))

    noted: Sequence[Prompt] = prompts
    async with beside(make()):
        for _ in rows:
            playout = line.begin(await made.get(), noted)
            if not await _to_its_end(playout):
                return
            noted = () if playout is not None else noted


async def _to_its_end(playout: Playout | None) -> bool:
    """False where something else ended it: what would come next is not to be heard either."""
    if playout is None:
        return True
    try:
        return (await playout.finished()).end is PlayoutEnd.PLAYED
    except asyncio.CancelledError:
        playout.stop()
        raise


def _rows(prompts: Sequence[Prompt]) -> list[list[Single]]:
    """What is begun to be played once all of it is there: a new row with each sentence of a long text but the first."""
    rows: list[list[Single]] = [[]]
    for prompt in flat(prompts):
        first, *others = _sentences(prompt)
        rows[-1].append(first)
        rows.extend([other] for other in others)
    return rows


def _sentences(prompt: Single) -> Sequence[Single]:
    match prompt:
        case Spoken(text):
            return [Spoken(sentence) for sentence in sentences(text)]
        case InLanguage(Spoken(text), language):
            return [InLanguage(Spoken(sentence), language) for sentence in sentences(text)]
        case _:
            return [prompt]


async def say(line: Line, text: str, values: Mapping[str, Value]) -> None:
    """Speaks a text; the braces of one without values are part of it."""
    await play(line, [Say(text, **values) if values else Spoken(text)])


@asynccontextmanager
async def echo(line: Line) -> AsyncIterator[None]:
    """The caller hears himself while the block runs."""
    line.media.hear([line.media])
    try:
        yield
    finally:
        line.media.hear([])
