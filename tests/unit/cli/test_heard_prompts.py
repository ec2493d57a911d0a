from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.cli.heard_prompts import RATE, Pattern, Samples


def noise(seed: int, seconds: float) -> Samples:
    return np.random.default_rng(seed).normal(0, 3000, int(seconds * RATE)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


@given(st.integers(0, 5), st.integers(0, 8000), st.floats(0.05, 1.5))
def test_a_prompt_is_found_where_it_begins_however_loud(seed: int, before: int, volume: float) -> None:
    prompt = noise(seed, 1.5)
    heard = np.concatenate([noise(99, before / RATE), (prompt * volume).astype(np.int16), silence(0.2)])
    found = Pattern(prompt).find(heard)
    assert found is not None
    assert abs(found - before) <= 1


@given(st.integers(0, 5), st.integers(6, 11))
def test_another_prompt_is_not_taken_for_it(seed: int, other: int) -> None:
    assert Pattern(noise(seed, 1.0)).find(np.concatenate([silence(0.5), noise(other, 3.0)])) is None


def test_silence_at_its_beginning_counts_as_part_of_the_prompt() -> None:
    prompt = np.concatenate([silence(0.5), noise(1, 1.0)])
    assert Pattern(prompt).find(np.concatenate([silence(1.0), prompt])) == RATE


def test_a_prompt_that_is_not_heard_to_its_mark_is_waited_for() -> None:
    prompt = noise(1, 1.0)
    assert Pattern(prompt).find(prompt[: RATE // 2]) is None


def test_nothing_can_be_known_by_silence() -> None:
    with pytest.raises(ValueError, match="nothing to hear"):
        Pattern(silence(1.0))
