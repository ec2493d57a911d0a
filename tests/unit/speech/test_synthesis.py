from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.speech.synthesis import MAX_CHARACTERS, speakable, voice_in


def test_the_nearest_language_gives_the_voice() -> None:
    voices = {"en": "american", "en-GB": "british"}
    assert voice_in(voices, "en-gb") == "british"
    assert voice_in(voices, "en-AU") == "american"
    assert voice_in(voices, "zh") is None


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\x01"])
def test_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        speakable(text)


def test_a_book_is_refused() -> None:
    assert speakable("a" * MAX_CHARACTERS)
    with pytest.raises(UsageError):
        speakable("a" * (MAX_CHARACTERS + 1))


@given(st.text(max_size=200))
def test_no_control_character_reaches_a_program(text: str) -> None:
    try:
        line = speakable(text)
    except UsageError:
        return
    assert not any(unicodedata.category(character) == "Cc" for character in line)
    assert speakable(line) == line
