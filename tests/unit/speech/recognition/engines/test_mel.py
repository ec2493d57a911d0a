"""Sound to the frames of whisper."""

from __future__ import annotations

import numpy as np

from voicecore.speech.recognition.engines.mel import RATE, log_mel


def tone(hertz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE), np.float32)


def test_a_window_has_a_hundred_frames_a_second_of_eighty_bands() -> None:
    assert log_mel(tone(440, 0.5), 2.0).shape == (80, 200)


def test_what_is_longer_than_the_window_is_cut() -> None:
    assert np.array_equal(log_mel(tone(440, 3.0), 1.0)[:, :90], log_mel(tone(440, 1.0), 1.0)[:, :90])


def test_a_higher_tone_is_in_a_higher_band() -> None:
    loudest = [int(log_mel(tone(hertz, 1.0), 1.0)[:, 50].argmax()) for hertz in (200, 1000, 2000, 4000, 7000)]
    assert loudest == sorted(set(loudest))
    assert loudest[1] == 26  # 1 kHz is mel 15; band k is around mel (k + 1) * 45.2 / 81 (Slaney)


def test_silence_is_flat() -> None:
    frames = log_mel(np.zeros(0, np.float32), 1.0)
    assert frames.min() == frames.max()
