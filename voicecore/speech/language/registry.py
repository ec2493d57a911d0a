"""Which rules say the values of which language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecore.errors import Unavailable
from voicecore.speech.language.chinese.rules import Chinese
from voicecore.speech.language.chinese.traditional import TraditionalChinese
from voicecore.speech.language.english.rules import English
from voicecore.speech.language.rules import Rules
from voicecore.speech.language.tag import lookup

_AMERICAN: Final = English()
_BRITISH: Final = English(british=True)
_TRADITIONAL: Final = TraditionalChinese()

LANGUAGES: Final[Mapping[str, Rules]] = {
    "en": _AMERICAN,
    **dict.fromkeys(("en-AU", "en-GB", "en-IE", "en-NZ", "en-ZA"), _BRITISH),
    "zh": Chinese(),
    **dict.fromkeys(("zh-Hant", "zh-HK", "zh-MO", "zh-TW"), _TRADITIONAL),
}
"""By BCP 47 tag. A language is a folder beside this file and a line here."""


def rules_for(language: str) -> Rules:
    """The rules of the language or of its shorter tags. Raises Unavailable where it has none.

    >>> rules_for("en-AU").ordinal(101)
    'one hundred and first'
    """
    for tag in lookup(language):
        if tag in LANGUAGES:
            return LANGUAGES[tag]
    raise Unavailable(f"no rules say numbers, dates and the like in {language}")
