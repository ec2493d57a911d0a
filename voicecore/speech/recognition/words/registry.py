"""Which rules read the words of which language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecore.errors import Unavailable
from voicecore.speech.language.tag import lookup
from voicecore.speech.recognition.words.chinese import SpokenChinese
from voicecore.speech.recognition.words.english import SpokenEnglish
from voicecore.speech.recognition.words.rules import SpokenRules

_BRITISH: Final = SpokenEnglish(british=True)

SPOKEN: Final[Mapping[str, SpokenRules]] = {
    "en": SpokenEnglish(),
    **dict.fromkeys(("en-AU", "en-GB", "en-IE", "en-NZ", "en-ZA"), _BRITISH),
    "zh": SpokenChinese(),
}
"""By BCP 47 tag. A language is a file beside this one and a line here."""


def spoken_rules(language: str) -> SpokenRules:
    """The rules of the language or of its shorter tags. Raises Unavailable where it has none."""
    for tag in lookup(language):
        if tag in SPOKEN:
            return SPOKEN[tag]
    raise Unavailable(f"no rules read what is said in {language}")
