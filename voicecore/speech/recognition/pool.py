"""The processes of one recogniser: the least busy takes an utterance, and none waits for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

from voicecore.clock import Instant
from voicecore.errors import Unavailable
from voicecore.speech.recognition.breaker import Breaker
from voicecore.speech.recognition.frame import Frame, FrameKind, Heard, UtteranceId, search_to_body
from voicecore.speech.recognition.process import EngineProcess, Pending
from voicecore.speech.recognition.search import Search

MOST_WAITING: Final = 16
"""Utterances that one process has at once; when full, a new one is refused as Unavailable."""

ANSWER_S: Final = 8.0
"""From the end of an utterance to its text; a process that takes longer is replaced."""


class Spoken:
    """An utterance on its way through a process. It has to be ended or dropped."""

    def __init__(self, pool: ProcessPool, process: EngineProcess, id: UtteranceId, pending: Pending) -> None:
        self._pool = pool
        self._process = process
        self._id = id
        self._pending = pending

    def send(self, samples: bytes) -> None:
        """More of it: 8 kHz, 16 bit. Raises Unavailable where nobody hears it any more."""
        self._process.send(Frame(FrameKind.AUDIO, self._id, samples))

    async def end(self) -> Heard:
        """What was said. Raises Unavailable where the engine failed, died or took too long."""
        try:
            self._process.send(Frame(FrameKind.END, self._id))
            async with asyncio.timeout(self._pool.answer_s):
                heard = await asyncio.shield(self._pending.answer)
        except TimeoutError as error:
            self._process.kill()  # its death is a failure that the breaker counts
            raise Unavailable(f"no answer within {self._pool.answer_s:g} s") from error
        finally:
            self.drop()
        self._pool.breaker.worked(self._pool.now())
        return heard

    def drop(self) -> None:
        """Nobody wants to know what was said. Nothing happens when it is over."""
        if self._process.pending.pop(self._id, None) is None:
            return
        if not self._pending.answer.done():
            self._pending.answer.cancel()
            with suppress(Unavailable):
                self._process.send(Frame(FrameKind.DROP, self._id))


class ProcessPool:
    """Made by `processes`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        count_: int,
        *,
        answer_s: float = ANSWER_S,
        now: Callable[[], Instant] = time.monotonic,
    ) -> None:
        self.breaker = Breaker()
        self.name = name
        self.now = now
        self.answer_s = answer_s
        self._ids = count(1)
        self._ready = asyncio.Event()
        self._processes = [EngineProcess(name, command, self.breaker, now) for _ in range(count_)]

    async def run(self) -> None:
        """Keeps the processes alive until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for process in self._processes:
                group.create_task(process.run(self._ready.set))

    async def ready(self) -> None:
        """Returns when the first process has its model."""
        await self._ready.wait()

    def begin(
        self, search: Search, language: str, on_partial: Callable[[str], None] = lambda text: None
    ) -> Spoken:
        """Raises Unavailable while the engine rests after failures, starts, or has too much to do."""
        self.check()
        able = [one for one in self._processes if one.is_ready and len(one.pending) < MOST_WAITING]
        if not able:
            raise Unavailable(f"{self.name} has too much to do")
        process = min(able, key=lambda one: len(one.pending))
        id, pending = UtteranceId(next(self._ids) % (1 << 32) or 1), Pending(on_partial)
        process.send(Frame(FrameKind.BEGIN, id, search_to_body(search, language)))
        process.pending[id] = pending
        return Spoken(self, process, id, pending)

    def check(self) -> None:
        """Raises Unavailable while the engine rests or starts."""
        if not self.breaker.allows(self.now()):
            raise Unavailable(f"{self.name} failed several times and rests")
        if not any(one.is_ready for one in self._processes):
            raise Unavailable(f"{self.name} is not ready")


@asynccontextmanager
async def processes(
    name: str, command: Sequence[str], count_: int = 1, *, answer_s: float = ANSWER_S
) -> AsyncIterator[ProcessPool]:
    """Runs so many processes of the command during the block."""
    pool = ProcessPool(name, command, count_, answer_s=answer_s)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pool.run())
        try:
            yield pool
        finally:
            running.cancel()
