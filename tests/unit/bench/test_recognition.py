"""The measurement of recognition, with an engine that knows what is said."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console

from tests.bench.recognition import spoken
from tests.bench.recognition.__main__ import GRAMMARS, measure
from tests.bench.recognition.line import over_the_phone
from tests.bench.recognition.score import interval, percentile, wrong_words
from voicecore.speech.recognition.engines.engine import Collected, Samples, Utterance
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.search import Search


class Knows:
    """Tells files apart by their length, and gets one word wrong."""

    def __init__(self, words: dict[int, str]) -> None:
        self._words = words

    def begin(self, search: Search, language: str) -> Utterance:
        return Collected(self._decode)

    def _decode(self, samples: Samples) -> Heard:
        return Heard(self._words[len(samples)], 1.0)


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, dict[int, str]]:
    said = {**spoken.SENTENCES, **dict.fromkeys(spoken.NOT_IN_MENU, "no such word")}
    for words in GRAMMARS.values():
        said |= words
    lengths = dict[int, str]()
    for number, (name, text) in enumerate(said.items()):
        path = tmp_path / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.full(400 + number, 0.1), 8000)
        lengths[400 + number] = text
    return tmp_path, lengths


def test_a_table_is_made_of_recorded_words(recorded: tuple[Path, dict[int, str]]) -> None:
    folder, words = recorded
    console = Console(width=110, file=io.StringIO())
    console.print(measure("knows", Knows(words), folder, None))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "100.0 %" in shown
    assert "free speech" in shown


def test_the_line_is_g711_in_its_band(tmp_path: Path) -> None:
    seconds = np.arange(8000) / 8000
    for hertz, is_heard in ((100, False), (1000, True), (3800, False)):
        soundfile.write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * hertz * seconds), 8000)
        heard = over_the_phone(tmp_path / "tone.wav").astype(float)[1000:-1000]
        assert (np.sqrt(np.mean(heard**2)) > 5000) == is_heard
        # Both sides of mu-law have 127 levels and a zero.
        assert len(np.unique(heard)) <= 255


def test_noise_is_as_loud_as_it_is_asked_for(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.wav", 0.3 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 8000), 8000)
    plain = over_the_phone(tmp_path / "tone.wav").astype(float)
    noisy = over_the_phone(tmp_path / "tone.wav", noise_db=15).astype(float)
    measured = 10 * np.log10(np.mean(plain**2) / np.mean((noisy - plain) ** 2))
    assert measured == pytest.approx(15, abs=1)


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("press one for help", "Press 1 for help.", (0, 4)),
        ("press one for help", "press for some help", (2, 4)),
        ("log in", "login", (0, 1)),
        ("hello", "", (1, 1)),
    ],
)
def test_wrong_words_are_counted(said: str, heard: str, wrong: tuple[int, int]) -> None:
    assert wrong_words(said, heard) == wrong


def test_few_tries_make_a_wide_interval() -> None:
    low, high = interval(11, 11)
    assert (round(low, 2), high) == (0.74, 1.0)
    assert interval(0, 0) == (0.0, 1.0)
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
