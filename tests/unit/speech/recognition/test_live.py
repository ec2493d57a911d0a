"""Listening: sound to utterances, utterances to an engine, its answers to results. Without a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from voicecore.errors import Unavailable
from voicecore.speech.recognition import grammar, result
from voicecore.speech.recognition.facts import ENGINES
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.grammar import Choices, Grammar, Way
from voicecore.speech.recognition.live import LiveListening, LiveRecogniser
from voicecore.speech.recognition.matching import Match
from voicecore.speech.recognition.pool import ProcessPool, Spoken
from voicecore.speech.recognition.recogniser import Wish
from voicecore.speech.recognition.search import Search
from voicecore.speech.recognition.voice_activity import Detectors, LevelDetector
from voicecore.speech.recognition.worker import ENGINES as MAKERS

DESKS = Grammar(Choices((Way("1", ("sales",)), Way("2", ("billing",)))))


@dataclass(frozen=True)
class Batch:
    samples: np.ndarray[tuple[int], np.dtype[np.int16]]
    at: float = 0.0
    lost_ms: int = 0


class FakeSpoken(Spoken):
    def __init__(self, answer: Heard | Unavailable) -> None:
        self.answer = answer
        self.sent: list[bytes] = []
        self.is_dropped = False

    def send(self, samples: bytes) -> None:
        self.sent.append(samples)

    async def end(self) -> Heard:
        await asyncio.sleep(0.2)
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer

    def drop(self) -> None:
        self.is_dropped = True


@dataclass
class FakePool:
    answers: list[Heard | Unavailable]
    begun: list[FakeSpoken] = field(default_factory=list)
    partial: Callable[[str], None] = lambda text: None

    def begin(self, search: Search, language: str, on_partial: Callable[[str], None]) -> Spoken:
        if not self.answers:
            raise Unavailable("too much to do")
        self.partial = on_partial
        self.begun.append(FakeSpoken(self.answers.pop(0)))
        return self.begun[-1]


class Loud:
    """Whatever is not silence is speech."""

    def likelihood(self, window: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
        return float(window.any())

    def reset(self) -> None: ...


SPEECH, SILENCE = np.full(8000, 1000, np.int16), np.zeros(8000, np.int16)


def listening(*answers: Heard | Unavailable) -> tuple[LiveListening, FakePool]:
    pool = FakePool(list(answers))
    return LiveListening(Wish(DESKS, "en"), cast("ProcessPool", pool), Loud()), pool


def feed(ear: LiveListening, *sounds: np.ndarray[tuple[int], np.dtype[np.int16]]) -> None:
    whole = np.concatenate(sounds)
    for at in range(0, len(whole), 480):
        ear.feed(Batch(whole[at : at + 480]))


async def told(ear: LiveListening, count: int) -> list[result.Result]:
    found: list[result.Result] = []
    async for one in ear.results():
        found.append(one)
        if len(found) == count:
            break
    return found


async def test_what_was_said_is_told_with_its_meaning() -> None:
    ear, pool = listening(Heard("billing", 0.8))
    feed(ear, SILENCE, SPEECH, SILENCE)
    assert await told(ear, 2) == [result.SpeechStarted(), result.Final("billing", Match("2", 1.0), 0.8)]
    sound = b"".join(pool.begun[0].sent)
    assert len(SPEECH.tobytes()) < len(sound) < len(SPEECH.tobytes()) + 2 * 8000 * 1.3


async def test_what_is_no_answer_is_told_as_text() -> None:
    ear, _ = listening(Heard("bananas", 0.8))
    feed(ear, SPEECH, SILENCE)
    assert (await told(ear, 2))[-1] == result.Final("bananas", None, 0.8)


async def test_sound_without_words_is_no_speech() -> None:
    ear, _ = listening(Heard("", 0.0))
    feed(ear, SPEECH, SILENCE)
    assert (await told(ear, 2))[-1] == result.NoSpeech()


async def test_a_second_utterance_is_heard_as_well() -> None:
    ear, _ = listening(Heard("bananas", 0.8), Heard("sales", 0.9))
    feed(ear, SPEECH, SILENCE, SPEECH, SILENCE)
    finals = [one for one in await told(ear, 4) if isinstance(one, result.Final)]
    assert [one.text for one in finals] == ["bananas", "sales"]


async def test_partial_texts_are_passed_on() -> None:
    ear, pool = listening(Heard("sales", 0.9))
    feed(ear, SPEECH)
    pool.partial("sa")
    assert (await told(ear, 2))[-1] == result.Partial("sa")


async def test_an_engine_without_an_answer_is_the_last_result() -> None:
    ear, _ = listening(Unavailable("it died"), Heard("sales", 0.9))
    feed(ear, SPEECH, SILENCE)
    assert [one async for one in ear.results()] == [result.SpeechStarted(), result.Failed("it died")]
    feed(ear, SPEECH, SILENCE)
    assert ear._told.empty()


async def test_an_engine_that_takes_nothing_is_the_last_result() -> None:
    ear, _ = listening()
    feed(ear, SPEECH, SILENCE)
    assert [one async for one in ear.results()] == [result.SpeechStarted(), result.Failed("too much to do")]


async def test_sound_that_was_lost_is_silence() -> None:
    ear, _ = listening(Heard("sales", 0.9))
    feed(ear, SPEECH)
    ear.feed(Batch(SILENCE[:480], lost_ms=700))
    assert isinstance((await told(ear, 2))[-1], result.Final)


async def test_what_nobody_waits_for_is_dropped() -> None:
    ear, pool = listening(Heard("sales", 0.9), Heard("sales", 0.9))
    feed(ear, SPEECH, SILENCE, SPEECH)
    ear.close()
    assert [one.is_dropped for one in pool.begun] == [True, True]


def recogniser(name: str, **models: str) -> LiveRecogniser:
    return LiveRecogniser(ENGINES[name], models, Detectors(LevelDetector))


def test_an_engine_takes_the_grammars_and_languages_that_it_knows() -> None:
    whisper, pocketsphinx = recogniser("whisper"), recogniser("pocketsphinx")
    assert whisper.can(DESKS, "en-GB")
    assert not whisper.can(DESKS, "zh")
    assert recogniser("whisper", zh="models/zh").can(DESKS, "zh-TW")
    assert pocketsphinx.can(DESKS, "en")
    assert not pocketsphinx.can(Grammar(grammar.Free()), "en")
    assert not recogniser("vosk").can(DESKS, "en")
    assert not recogniser("vosk", fr="models/fr").can(DESKS, "fr")  # no rules read French


def test_what_is_missing_is_told_with_a_remedy(tmp_path: Path) -> None:
    unknown = LiveRecogniser(
        ENGINES["whisper"].__class__("parrot", ("no_such_package",), ("en",), frozenset(), "buy a parrot"),
        {},
        Detectors(LevelDetector),
    )
    assert unknown.available().remedy == "buy a parrot"
    folder = str(tmp_path / "nowhere")
    gone = LiveRecogniser(
        ENGINES["whisper"].__class__("parrot", ("json",), (), frozenset(), ""),
        {"en": folder},
        Detectors(LevelDetector),
    )
    assert folder in gone.available().detail


async def test_an_engine_that_does_not_run_cannot_be_opened() -> None:
    with pytest.raises(Unavailable, match="no model"):
        async with recogniser("whisper").open(Wish(DESKS, "en")):
            pass


def test_every_engine_that_can_be_named_can_be_run() -> None:
    assert set(ENGINES) == set(MAKERS)
