from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.interop.phones import sipp, sound


def test_shifted_and_louder_sound_is_found() -> None:
    said = sound.speech_like(2, seed=1)
    heard = np.concatenate([np.zeros(400), said * 2, np.zeros(100)])
    found = sound.find(said, heard)
    assert found.correlation == pytest.approx(1)
    assert found.lag_ms == 50
    assert found.gain_db == pytest.approx(6.02, abs=0.01)


def test_sound_whose_beginning_is_lost_is_found_before_zero() -> None:
    said = sound.speech_like(2, seed=1)
    found = sound.find(said, said[800:])
    assert found.lag_ms == -100
    assert found.correlation < 1


def test_other_speech_is_not_found() -> None:
    assert sound.find(sound.speech_like(2, seed=1), sound.speech_like(4, seed=2)).correlation < 0.1


def test_speech_with_as_much_noise_correlates_at_seven_tenths() -> None:
    said, noise = sound.speech_like(2, seed=1), sound.speech_like(2, seed=2)
    noise *= np.sqrt(np.sum(said**2) / np.sum(noise**2))
    assert sound.find(said, said + noise).correlation == pytest.approx(0.707, abs=0.03)


def test_silence_is_never_a_match() -> None:
    assert sound.find(sound.speech_like(1, seed=1), np.zeros(16000)).correlation == 0


def test_seam_spoils_one_part_only() -> None:
    said = sound.speech_like(2, seed=1)
    heard = np.concatenate([said[:8800], np.zeros(160), said[8800:]])
    parts = sound.find_parts(said, heard)
    assert [part.correlation > 0.99 for part in parts] == [True, True, False, True, True]
    assert [parts[0].lag_ms, parts[-1].lag_ms] == pytest.approx([0, 20])


def test_level_of_a_full_scale_sine_is_three_below() -> None:
    sine = np.sin(np.arange(8000) * 2 * np.pi * 1000 / 8000)
    assert sound.level_db(sine) == pytest.approx(-3.01, abs=0.01)
    assert sound.level_db(np.zeros(10)) == -120


def test_silences_inside_are_measured_and_the_ends_are_not() -> None:
    loud = np.ones(80)
    heard = np.concatenate([np.zeros(800), loud, np.zeros(320), loud, np.zeros(40), loud, np.zeros(800)])
    assert sound.silences_ms(heard) == [40]


def test_wav_comes_back_as_written(tmp_path: Path) -> None:
    left, right = sound.speech_like(1, seed=1), sound.speech_like(1, seed=2)
    sound.write_wav(tmp_path / "x.wav", left, right)
    assert sound.read_wav(tmp_path / "x.wav", channel=1) == pytest.approx(right, abs=1e-4)


def test_a_law_of_known_samples() -> None:
    # ITU-T G.711, table 1a: the codes for silence and for full scale, with the even bits inverted
    assert sipp.to_a_law(np.array([0.0, 1.0, -1.0])) == bytes([0xD5, 0xAA, 0x2A])


def test_likeness_forgives_one_shift_and_nothing_else() -> None:
    said = sound.speech_like(4)
    shifted = np.concatenate([said[:14000], np.zeros(160), said[14000:]])
    assert sound.find(said, shifted).correlation < 0.9
    assert sound.likeness(said, shifted) > 0.99
    assert sound.likeness(said, sound.speech_like(4, seed=9)) < 0.9
    noise = np.random.default_rng(1).normal(0, said.std(), len(said))
    assert sound.likeness(said, said + noise) < 0.9
