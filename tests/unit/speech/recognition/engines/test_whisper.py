"""What whisper writes, made fit for comparison."""

from __future__ import annotations

import pytest

from voicecore.speech.recognition.engines.whisper import _nearest, _once, _sentence


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("no no no no", "no"),
        ("million million", "million"),
        ("hold time hold time hold", "hold time"),
        ("i have a bill please i have a", "i have a bill please"),
        ("yes please yes", "yes please yes"),
        ("one two one three", "one two one three"),
        ("", ""),
    ],
)
def test_what_goes_round_in_circles_is_taken_once(heard: str, said: str) -> None:
    assert " ".join(_once(tuple(heard.split()))) == said


def test_a_phrase_is_scored_as_a_sentence() -> None:
    assert _sentence("hold time") == " Hold time."
    assert _sentence("really?") == " Really?"


def test_of_many_phrases_the_nearest_are_scored() -> None:
    many = [f"number {count}" for count in range(500)]
    assert "telephone number" in _nearest([*many, "telephone number"], "telephone numbers")
    assert _nearest(["b", "a"], "c") == ["b", "a"]
