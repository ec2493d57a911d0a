from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import Unavailable
from voicecore.speech.conditioning import EDGE_MS, PEAK_LIMIT_DB, TARGET_LEVEL_DB, condition
from voicecore.speech.pcm import SAMPLE_RATE, Pcm, Samples


def speech(seconds: float, level: float = 0.1) -> Samples:
    """Noise: the same level in each of its frames, peaks some 12 dB over it."""
    return np.random.default_rng(1).normal(0.0, level, int(SAMPLE_RATE * seconds))


def silence(seconds: float) -> Samples:
    return np.zeros(int(SAMPLE_RATE * seconds))


def level_db(sound: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(sound**2))))


@pytest.mark.parametrize("level", [0.005, 0.05, 0.2])
def test_loud_and_quiet_voices_come_out_alike(level: float) -> None:
    conditioned = condition(Pcm.from_array(speech(1.0, level))).to_array()
    edge = SAMPLE_RATE * EDGE_MS // 1000
    assert level_db(conditioned[edge:-edge]) == pytest.approx(TARGET_LEVEL_DB, abs=0.3)


def test_pauses_do_not_make_the_voice_louder() -> None:
    pausing = np.concatenate([speech(1.0), silence(3.0), speech(1.0)])
    conditioned = condition(Pcm.from_array(pausing)).to_array()
    assert level_db(conditioned[1000:8000]) == pytest.approx(TARGET_LEVEL_DB, abs=0.3)
    assert len(conditioned) == pytest.approx(5.2 * SAMPLE_RATE, abs=160)


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (0.03, 0.03), (2.0, 1.0)])
def test_both_ends_get_the_same_silence(before: float, after: float) -> None:
    given_sound = np.concatenate([silence(before), speech(0.5), silence(after)])
    conditioned = condition(Pcm.from_array(given_sound))
    assert conditioned.duration_ms == pytest.approx(500 + 2 * EDGE_MS, abs=10)
    edge = SAMPLE_RATE * (EDGE_MS - 10) // 1000
    assert not conditioned.to_array()[:edge].any()
    assert not conditioned.to_array()[-edge:].any()


def test_the_breath_around_speech_is_faded_not_cut() -> None:
    breath = speech(1.0, level=0.0001)
    given_sound = np.concatenate([breath, speech(0.5, level=0.1), breath])
    ends = condition(Pcm.from_array(given_sound)).to_array()
    assert ends[0] == 0.0
    assert ends[:800].any()
    assert np.abs(ends[:80]).max() <= np.abs(ends[400:720]).max()


def test_a_single_click_does_not_make_the_rest_clip() -> None:
    spiky = speech(1.0, level=0.01)
    spiky[4000] = 0.9
    conditioned = condition(Pcm.from_array(spiky)).to_array()
    assert 20 * np.log10(np.abs(conditioned).max()) <= PEAK_LIMIT_DB + 0.01


@pytest.mark.parametrize("sound", [silence(0.0), silence(1.0), silence(1.0) + 0.0001])
def test_a_silent_render_is_a_failure(sound: Samples) -> None:
    with pytest.raises(Unavailable):
        condition(Pcm.from_array(sound))


@given(st.lists(st.integers(-32768, 32767), max_size=2000))
def test_any_sound_is_levelled_within_its_bounds_or_refused(samples: list[int]) -> None:
    pcm = Pcm(np.array(samples, dtype="<i2").tobytes())
    try:
        conditioned = condition(pcm)
    except Unavailable:
        return
    assert 20 * np.log10(np.abs(conditioned.to_array()).max()) <= PEAK_LIMIT_DB + 0.01
    assert 2 * EDGE_MS <= conditioned.duration_ms <= pcm.duration_ms + 2 * EDGE_MS + 10
