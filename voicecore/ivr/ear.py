"""What a question hears beside keys: whether the caller speaks, and what was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import structlog

from voicecore.calls.journal import EventKind
from voicecore.calls.race import beside
from voicecore.errors import Unavailable
from voicecore.ivr.line import Line
from voicecore.speech.recognition import result
from voicecore.speech.recognition.grammar import Command, Grammar
from voicecore.speech.recognition.recogniser import Listening, Wish

_log = structlog.get_logger(__name__)

BATCH_MS = 20
"""Of sound at once, as the engine makes it: a longer batch would keep the first word from stopping a prompt."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said. `meaning` is as the grammar has it; None: it is no answer."""

    meaning: str | None
    confidence: float
    at: datetime
    """When it was understood (UTC)."""
    command: Command | None = None


class Ear:
    """Follows a recogniser. One reader."""

    def __init__(self) -> None:
        self.is_speaking = False
        self._heard: Utterance | None = None
        self._changed = asyncio.Event()

    def take(self) -> Utterance | None:
        """What was said last and nobody took yet."""
        heard, self._heard = self._heard, None
        return heard

    async def noticed(self) -> None:
        """Returns when the caller speaks, or has spoken."""
        while not self.is_speaking and self._heard is None:
            await self.changed()

    async def changed(self) -> None:
        """Returns at the next change, or at once for one since the last call."""
        await self._changed.wait()
        self._changed.clear()

    async def follow(self, line: Line, listening: Listening) -> None:
        """Until the recogniser fails, or this is cancelled."""
        async for told in listening.results():
            match told:
                case result.SpeechStarted():
                    self.is_speaking = True
                case result.Partial():
                    continue
                case result.NoSpeech():
                    self.is_speaking = False
                case result.Final():
                    self.is_speaking = False
                    self._heard = _utterance(line, told)
                case result.Failed(problem):
                    self.is_speaking = False
                    _degraded(line, problem)
                case _:
                    assert_never(told)
            self._changed.set()


def _utterance(line: Line, final: result.Final) -> Utterance:
    found = final.match
    line.active.journal.spoken(line.leg.id, final.text, "" if found is None else found.meaning)
    if found is None:
        return Utterance(None, final.confidence, line.now)
    return Utterance(found.meaning, final.confidence, line.now, found.command)


def _degraded(line: Line, problem: str) -> None:
    line.note(EventKind.DEGRADED, "nobody understands speech")
    _log.warning("speech is not understood", call=line.active.id, reason=problem)


@asynccontextmanager
async def listening(line: Line, grammar: Grammar | None, end_of_speech: float) -> AsyncIterator[Ear | None]:
    """Listens while the block runs. None: there is nothing to listen for, or nobody who could."""
    if grammar is None or line.leg.is_over:
        yield None
        return
    able = [one for one in line.studio.recognisers if one.can(grammar, line.language)]
    async with AsyncExitStack() as stack:
        for recogniser in able:
            try:
                wish = Wish(grammar, line.language, end_of_speech)
                opened = await stack.enter_async_context(recogniser.open(wish))
            except Unavailable as error:
                _degraded(line, f"{recogniser.name}: {error}")
                continue
            ear = Ear()
            tap = line.media.tap(opened.feed, batch_ms=BATCH_MS)
            stack.callback(line.media.untap, tap)
            await stack.enter_async_context(beside(ear.follow(line, opened)))
            yield ear
            return
        yield None
