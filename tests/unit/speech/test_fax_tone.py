"""The calling tone of fax machines, and what is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.speech.call_progress import ProgressTone, progress_tone
from voicecore.speech.fax_tone import FaxToneDetector

RATE = 8000
Samples = npt.NDArray[np.int16]


def silence(seconds: float) -> Samples:
    return np.zeros(int(RATE * seconds), np.int16)


def tone(hertz: float, seconds: float, level_db: float = -12.0) -> Samples:
    time = np.arange(int(RATE * seconds)) / RATE
    return (np.sin(2 * np.pi * hertz * time) * 32767 * 10 ** (level_db / 20)).astype(np.int16)


def is_heard(*parts: Samples, piece: int = 480) -> bool:
    detector = FaxToneDetector()
    audio = np.concatenate(parts)
    return any(detector.hear(audio[at : at + piece]) for at in range(0, len(audio), piece))


@pytest.mark.parametrize("hertz", [1062.0, 1100.0, 1138.0])
@pytest.mark.parametrize("seconds", [0.425, 0.5, 0.575])
@pytest.mark.parametrize("level_db", [-3.0, -20.0, -40.0])
def test_every_burst_within_t30_is_heard(hertz: float, seconds: float, level_db: float) -> None:
    assert is_heard(silence(0.31), tone(hertz, seconds, level_db), silence(0.2))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400), st.integers(1, 2000), st.floats(-20, -15), st.integers(0, 2**32 - 1))
def test_it_is_heard_in_noise_wherever_it_begins(offset: int, piece: int, level_db: float, seed: int) -> None:
    audio = np.concatenate([np.zeros(offset, np.int16), tone(1100.0, 0.5, level_db), silence(0.3)])
    noise = np.random.default_rng(seed).normal(0, 32767 * 10 ** (-38 / 20), len(audio))
    assert is_heard((audio + noise).astype(np.int16), piece=piece)


@pytest.mark.parametrize(
    "sound",
    [
        silence(5),
        tone(1100.0, 3),  # does not end
        tone(1100.0, 0.2),
        tone(1000.0, 0.5),
        tone(1209.0, 0.5),
        tone(2100.0, 0.5),  # a fax machine that answers
        np.add(tone(941.0, 0.5, -15), tone(1209.0, 0.5, -15)),  # the star key
    ],
    ids=["silence", "endless", "short", "1000", "1209", "ced", "key"],
)
def test_nothing_else_is_taken_for_it(sound: Samples) -> None:
    assert not is_heard(silence(0.1), sound, silence(0.3))


@pytest.mark.parametrize("country", ["US", "GB", "DE", "CN"])
@pytest.mark.parametrize("kind", list(ProgressTone))
def test_tones_of_networks_are_not_taken_for_it(country: str, kind: ProgressTone) -> None:
    samples = np.frombuffer(progress_tone(country, kind).samples, np.int16)
    assert not is_heard(samples, samples, samples)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-30, 0))
def test_noise_is_not_taken_for_it(seed: int, level_db: float) -> None:
    noise = np.random.default_rng(seed).normal(0, 32767 * 10 ** (level_db / 20), 4 * RATE)
    assert not is_heard(np.clip(noise, -32768, 32767).astype(np.int16))
