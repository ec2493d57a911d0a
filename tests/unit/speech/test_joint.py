from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.speech.joint import tighten
from voicecore.speech.pcm import Pcm

TONE = np.sin(np.arange(1600) * 2 * np.pi * 440 / 8000) * 0.5  # 200 ms


def padded(before_ms: int, after_ms: int) -> Pcm:
    return Pcm.from_array(np.concatenate([np.zeros(before_ms * 8), TONE, np.zeros(after_ms * 8)]))


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 120), st.integers(0, 120))
def test_silence_is_cut_to_what_is_wanted_and_sound_is_kept(
    before: int, after: int, keep_before: int, keep_after: int
) -> None:
    tight = tighten(padded(before, after), keep_before, keep_after)
    expected = 200 + min(before, keep_before) + min(after, keep_after)
    assert tight.duration_ms == pytest.approx(expected, abs=11)
    assert np.square(tight.to_array()).sum() == pytest.approx(np.square(TONE).sum(), rel=0.02)


def test_an_end_that_is_open_is_left_as_it_is() -> None:
    assert tighten(padded(200, 300), None, None) == padded(200, 300)
    assert tighten(padded(200, 300), None, 0).duration_ms == pytest.approx(400, abs=6)
    assert tighten(padded(200, 300), 0, None).duration_ms == pytest.approx(500, abs=6)


def test_silence_alone_is_left_alone() -> None:
    silence = Pcm(bytes(3200))
    assert tighten(silence, 10, 10) == silence
    assert tighten(Pcm(b""), 10, 10) == Pcm(b"")
