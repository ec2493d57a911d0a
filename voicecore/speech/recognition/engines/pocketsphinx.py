"""pocketsphinx: small, quick and English; it finds phrases and digits, and forces an answer of what is neither."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import soxr

from voicecore.errors import Unavailable
from voicecore.speech.pcm import SAMPLE_RATE
from voicecore.speech.recognition.engines.engine import Collected, Samples, Utterance
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.search import Search, SearchKind
from voicecore.speech.recognition.words.registry import spoken_rules

_CONFIDENCE: Final = 0.5
"""It has no measure that tells right from wrong (docs/speech.md)."""
_RATE: Final = 16_000
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")


class Pocketsphinx:
    """A decoder for each utterance: it holds the grammar, and several may be in the air."""

    def __init__(self, folder: str) -> None:
        """Raises Unavailable where the package is not here. It works with the package's own model only."""
        if folder:
            raise Unavailable("pocketsphinx takes no other model than its package's")
        try:
            self._package: Any = importlib.import_module("pocketsphinx")
        except ImportError as error:
            raise Unavailable(f"pocketsphinx is not installed: {error}") from error
        self._words = self._decoder()

    def begin(self, search: Search, language: str) -> Utterance:
        """Raises Unavailable for free speech, for languages other than English, and for words it cannot say."""
        if search.kind is SearchKind.FREE or language.partition("-")[0].lower() != "en":
            raise Unavailable("pocketsphinx takes phrases and digits in English, no free speech")
        rules = spoken_rules(language)
        known = [words for phrase in search.phrases if (words := rules.words(phrase)) and self._knows(words)]
        if not known:
            raise Unavailable("pocketsphinx knows none of the words")
        decoder = self._decoder()
        decoder.add_jsgf_string("answers", jsgf(known, repeated=search.kind is SearchKind.REPEATED))
        decoder.activate_search("answers")
        return Collected(partial(_decode, decoder))

    def _decoder(self) -> Any:
        return self._package.Decoder(lm=None, samprate=_RATE, loglevel="FATAL")

    def _knows(self, words: Iterable[str]) -> bool:
        return all(self._words.lookup_word(word) is not None for word in words)


def jsgf(phrases: Iterable[tuple[str, ...]], *, repeated: bool) -> str:
    """A grammar in the Java Speech Grammar Format: one of the phrases, or some of them in a row.

    >>> jsgf([("sales",), ("no", "thanks")], repeated=False)
    '#JSGF V1.0; grammar answers; public <said> = ( sales | no thanks ) ;'
    """
    plain = [" ".join(word for word in phrase if _WORD.fullmatch(word)) for phrase in phrases]
    alternatives = " | ".join(dict.fromkeys(filter(None, plain)))
    return f"#JSGF V1.0; grammar answers; public <said> = ( {alternatives} ) {'+' if repeated else ''};"


def _decode(decoder: Any, samples: Samples) -> Heard:
    sound = soxr.resample(samples, SAMPLE_RATE, _RATE)
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return Heard("", 0.0) if found is None or not found.hypstr else Heard(found.hypstr, _CONFIDENCE)
