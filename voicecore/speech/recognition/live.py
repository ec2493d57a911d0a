"""A recogniser that works: voice activity here, the engine in processes of its own."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from voicecore.errors import Unavailable
from voicecore.speech.language.tag import lookup
from voicecore.speech.recognition import result
from voicecore.speech.recognition.endpoint import WINDOW, Edge, Endpointer, EndpointRules
from voicecore.speech.recognition.grammar import Grammar
from voicecore.speech.recognition.matching import match
from voicecore.speech.recognition.pool import ProcessPool, Spoken, processes
from voicecore.speech.recognition.recogniser import Heard, Wish
from voicecore.speech.recognition.search import Search, SearchKind, search_of
from voicecore.speech.recognition.voice_activity import Detectors, VoiceDetector
from voicecore.speech.recognition.words.registry import SPOKEN
from voicecore.speech.synthesis import Availability

MOST_RESULTS: Final = 64
"""Results that nobody has read yet; when full, the newest is dropped."""

_MOST_LOST: Final = 8000
"""Samples of silence that stand for what was lost, at most."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What is known of an engine without starting it. `bundled`: languages whose model comes with its packages."""

    name: str
    packages: tuple[str, ...]
    bundled: tuple[str, ...]
    searches: frozenset[SearchKind]
    remedy: str


class LiveRecogniser:
    """One engine. `models`: a folder for each language; `run` keeps its processes alive."""

    def __init__(
        self, facts: EngineFacts, models: Mapping[str, str], detectors: Detectors, processes_: int = 1
    ) -> None:
        self._facts = facts
        self._models = {**dict.fromkeys(facts.bundled, ""), **models}
        self._detectors = detectors
        self._count = processes_
        self._pools: dict[str, ProcessPool] = {}

    @property
    def name(self) -> str:
        return self._facts.name

    def available(self) -> Availability:
        missing = [one for one in self._facts.packages if importlib.util.find_spec(one) is None]
        if missing:
            return Availability(False, f"not installed: {', '.join(missing)}", self._facts.remedy)
        gone = [folder for folder in self._models.values() if folder and not Path(folder).is_dir()]
        if gone or not self._models:
            detail = f"no such folder: {', '.join(gone)}" if gone else "no model"
            return Availability(False, detail, f"Name the folder of a model in [speech] {self.name}_models")
        return Availability(True, f"knows {', '.join(sorted(self._models))}")

    def can(self, grammar: Grammar, language: str) -> bool:
        if self._model(language) is None or not any(tag in SPOKEN for tag in lookup(language)):
            return False
        return search_of(grammar, language).kind in self._facts.searches

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Its processes live during the block; a model that is loaded answers from then on."""
        python = [sys.executable, "-m", "voicecore.speech.recognition.worker", self.name]
        async with AsyncExitStack() as stack:
            for folder in dict.fromkeys(self._models.values()):
                running = processes(self.name, [*python, folder], self._count)
                self._pools[folder] = await stack.enter_async_context(running)
            yield

    async def prepare(self, callers: int) -> None:
        """Makes ready to listen to so many at once, which their first questions would else wait for."""
        await self._detectors.prepare(callers)

    async def ready(self) -> None:
        """Returns when every model has a process that has loaded it."""
        for pool in self._pools.values():
            await pool.ready()

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[LiveListening]:
        """Raises Unavailable where no process can answer now."""
        folder = self._model(wish.language)
        pool = None if folder is None else self._pools.get(folder)
        if pool is None:
            raise Unavailable(f"{self.name} has no model for {wish.language}")
        pool.check()
        async with self._detectors.lent() as detector:
            listening = LiveListening(wish, pool, detector)
            try:
                yield listening
            finally:
                listening.close()

    def _model(self, language: str) -> str | None:
        return next((self._models[tag] for tag in lookup(language) if tag in self._models), None)


class LiveListening:
    """One caller's question: sound to utterances, utterances to the engine, its answers to results."""

    def __init__(self, wish: Wish, pool: ProcessPool, detector: VoiceDetector) -> None:
        rules = replace(EndpointRules(), ends_after_s=wish.end_of_speech_s)
        self._wish = wish
        self._search: Search = search_of(wish.grammar, wish.language)
        self._pool = pool
        self._detector = detector
        self._endpointer = Endpointer(rules)
        self._left = np.zeros(0, np.int16)
        self._spoken: Spoken | None = None
        self._told: asyncio.Queue[result.Result | Spoken] = asyncio.Queue(MOST_RESULTS)
        self._is_over = False

    def feed(self, batch: Heard) -> None:
        if self._is_over:
            return
        lost = np.zeros(min(batch.lost_ms * 8, _MOST_LOST), np.int16)
        sound = np.concatenate([self._left, lost, batch.samples])
        whole = len(sound) - len(sound) % WINDOW
        self._left = sound[whole:]
        try:
            for start in range(0, whole, WINDOW):
                self._hear(sound[start : start + WINDOW])
        except Unavailable as error:
            self._is_over = True
            self._tell(result.Failed(str(error)))

    async def results(self) -> AsyncIterator[result.Result]:
        while True:
            match await self._told.get():
                case Spoken() as spoken:
                    answer = await self._answer(spoken)
                    yield answer
                case result.Failed() as answer:
                    yield answer
                case other:
                    yield other
                    continue
            if isinstance(answer, result.Failed):
                self._is_over = True
                return

    def close(self) -> None:
        """Nobody wants to know what is still on its way."""
        self._is_over = True
        left = [self._spoken]
        while not self._told.empty():
            told = self._told.get_nowait()
            left.append(told if isinstance(told, Spoken) else None)
        for spoken in left:
            if spoken is not None:
                spoken.drop()

    def _hear(self, window: np.ndarray[tuple[int], np.dtype[np.int16]]) -> None:
        sound = window.tobytes()
        edge = self._endpointer.hear(sound, self._detector.likelihood(window))
        if edge is Edge.BEGINS:
            self._tell(result.SpeechStarted())
            self._spoken = self._pool.begin(self._search, self._wish.language, self._tell_partial)
            self._spoken.send(self._endpointer.begun_with())
        elif self._spoken is not None:
            self._spoken.send(sound)
        if edge is Edge.ENDS and self._spoken is not None:
            spoken, self._spoken = self._spoken, None
            if not self._tell(spoken):
                spoken.drop()

    async def _answer(self, spoken: Spoken) -> result.Result:
        try:
            heard = await spoken.end()
        except Unavailable as error:
            return result.Failed(str(error))
        if not heard.text:
            return result.NoSpeech()
        found = match(self._wish.grammar, heard.text, self._wish.language)
        confidence = heard.confidence * (1.0 if found is None else found.confidence)
        return result.Final(heard.text, found, round(confidence, 3))

    def _tell_partial(self, text: str) -> None:
        self._tell(result.Partial(text))

    def _tell(self, told: result.Result | Spoken) -> bool:
        try:
            self._told.put_nowait(told)
        except asyncio.QueueFull:
            return False
        return True
