"""A recogniser for tests: callers say texts, and they are matched as a live recogniser's would be, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import numpy as np
import numpy.typing as npt

from voicecore.errors import Unavailable
from voicecore.speech.language.tag import lookup
from voicecore.speech.recognition import result
from voicecore.speech.recognition.grammar import Grammar
from voicecore.speech.recognition.matching import match
from voicecore.speech.recognition.recogniser import Heard, Wish
from voicecore.speech.recognition.words.registry import SPOKEN
from voicecore.speech.synthesis import Availability

_BEGIN: Final = 0x7AFE
"""The sample that begins a text in place of sound."""
_HEAD: Final = 4
_BATCH: Final = 480
"""Samples of a tap's batches, of 20 to 60 ms: a text that does not fill one would wait for more."""


def sound_of(text: str, seconds: float, confidence: float) -> npt.NDArray[np.int16]:
    """A text as audio of a simulated line: it lasts no time there, and tells how long it is spoken."""
    letters = np.frombuffer(text.encode("utf-16-le"), "<i2")
    head = np.array(
        [_BEGIN, len(letters), round(min(seconds, 30.0) * 1000), round(confidence * 1000)], np.int16
    )
    whole = np.concatenate([head, letters])
    batches = -(-len(whole) // _BATCH)
    return np.concatenate([whole, np.zeros(batches * _BATCH - len(whole), np.int16)])


class SimulatedRecogniser:
    """Understands what simulated callers say, and is told of nothing else."""

    name = "simulated"

    def __init__(self, *, is_dead: bool = False) -> None:
        self._is_dead = is_dead
        self.listeners = 0
        """How many questions are listening now."""

    def available(self) -> Availability:
        return Availability(True, "for tests")

    def can(self, grammar: Grammar, language: str) -> bool:
        return any(tag in SPOKEN for tag in lookup(language))

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[SimulatedListening]:
        if self._is_dead:
            raise Unavailable("the simulated recogniser is dead")
        listening = SimulatedListening(wish)
        self.listeners += 1
        try:
            yield listening
        finally:
            self.listeners -= 1
            listening.close()


class SimulatedListening:
    """Made by `SimulatedRecogniser.open`."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._left = np.zeros(0, np.int16)
        self._told: asyncio.Queue[result.Result] = asyncio.Queue()
        self._timers: list[asyncio.TimerHandle] = []

    def feed(self, batch: Heard) -> None:
        self._left = np.concatenate([self._left, batch.samples])
        while len(self._left):
            starts = np.flatnonzero(self._left == _BEGIN)
            if not len(starts) or len(self._left) < starts[0] + _HEAD:
                self._left = self._left[starts[0] :] if len(starts) else self._left[:0]
                return
            _, length, spoken_ms, confidence = map(int, self._left[starts[0] : starts[0] + _HEAD])
            end = int(starts[0]) + _HEAD + length
            if len(self._left) < end:
                self._left = self._left[starts[0] :]
                return
            text = self._left[end - length : end].tobytes().decode("utf-16-le")
            self._left = self._left[end:]
            self._say(text, spoken_ms / 1000, confidence / 1000)

    async def results(self) -> AsyncIterator[result.Result]:
        while True:
            yield await self._told.get()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _say(self, text: str, seconds: float, confidence: float) -> None:
        self._told.put_nowait(result.SpeechStarted())
        over = seconds + self._wish.end_of_speech_s
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(over, self._told.put_nowait, self._final(text, confidence)))

    def _final(self, text: str, confidence: float) -> result.Result:
        if not text.strip():
            return result.NoSpeech()
        found = match(self._wish.grammar, text, self._wish.language)
        return result.Final(text, found, confidence * (1.0 if found is None else found.confidence))
