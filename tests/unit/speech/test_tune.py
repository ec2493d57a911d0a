from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voicecore.speech.pcm import SAMPLE_RATE, Pcm, Samples, read_wav
from voicecore.speech.tune import main, tune


@pytest.fixture(scope="module")
def music() -> Pcm:
    return tune()


def power_above(sound: Samples, hertz: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return float(spectrum[int(hertz * len(sound) / SAMPLE_RATE) :].sum())


def test_it_lasts_about_twenty_seconds_and_is_the_same_every_time(music: Pcm) -> None:
    assert music.duration_ms == 20_000
    assert tune() == music


def test_it_is_as_loud_as_a_talker_and_never_clips(music: Pcm) -> None:
    sound = music.to_array()
    assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-26.0, abs=0.1)
    assert np.abs(sound).max() < 0.5


def test_it_has_no_hole(music: Pcm) -> None:
    quarters = music.to_array().reshape(-1, SAMPLE_RATE // 4)
    assert np.sqrt(np.mean(quarters**2, axis=1)).min() > 10 ** (-45 / 20)


def test_it_loops_without_a_click(music: Pcm) -> None:
    sound = music.to_array()
    seam = np.roll(sound, len(sound) // 2)
    middle = len(sound) // 2
    step_at_seam = abs(seam[middle] - seam[middle - 1])
    assert step_at_seam <= np.quantile(np.abs(np.diff(sound)), 0.999)
    # A click is energy where the tune has none: beyond the highest partial.
    beats = [
        power_above(np.roll(sound, 64 - at)[:128], 3450) for at in range(0, len(sound), SAMPLE_RATE * 5 // 2)
    ]
    assert beats[0] <= 2 * max(beats[1:])


def test_a_tune_cut_in_the_middle_of_a_note_would_click(music: Pcm) -> None:
    """The measure of the test above does see a click."""
    sound = music.to_array()[: -SAMPLE_RATE // 3]
    beats = [
        power_above(np.roll(sound, 64 - at)[:128], 3450)
        for at in range(0, len(sound) - 64, SAMPLE_RATE * 5 // 2)
    ]
    assert beats[0] > 2 * max(beats[1:])


def test_the_command_writes_a_file(tmp_path: Path, music: Pcm, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "out.wav")]) == 0
    assert read_wav(tmp_path / "out.wav") == music
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
