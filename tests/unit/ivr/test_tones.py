from __future__ import annotations

import numpy as np
import pytest

from voicecore.ivr import tones


def spectrum_peak(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * tones.RATE / len(samples))


@pytest.mark.parametrize("hertz", [425.0, 1004.0, 3000.0])
def test_a_tone_has_its_frequency_length_and_level(hertz: float) -> None:
    samples = np.frombuffer(tones.tone([hertz], 1000, level_db=-10.0), "<i2").astype(float)
    assert len(samples) == 8000
    assert spectrum_peak(samples) == pytest.approx(hertz, abs=1.0)
    assert 20 * np.log10(np.abs(samples).max() / 32767) == pytest.approx(-10.0, abs=0.1)


def test_a_tone_begins_and_ends_without_a_click() -> None:
    samples = np.frombuffer(tones.beep(), "<i2").astype(float)
    assert abs(samples[0]) < 100
    assert np.abs(np.diff(samples)).max() < 0.9 * np.abs(samples).max()


def test_several_tones_together_do_not_clip() -> None:
    samples = np.frombuffer(tones.tone([697.0, 1209.0], 500, level_db=0.0), "<i2").astype(float)
    assert np.abs(samples).max() <= 32767
