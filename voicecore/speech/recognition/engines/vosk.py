"""vosk, for models that an operator brings: it hears while the caller speaks, and tells what so far."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, Final

from voicecore.errors import Unavailable
from voicecore.speech.pcm import SAMPLE_RATE
from voicecore.speech.recognition.engines.engine import Samples, Utterance
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.search import Search, SearchKind

_UNKNOWN: Final = "[unk]"
"""How vosk writes a word that is not in the grammar."""


class Vosk:
    """One model, of one language: the operator sees to it that it is the call's."""

    def __init__(self, folder: str) -> None:
        """Raises Unavailable where the package or the model is not here."""
        if not folder or not Path(folder).is_dir():
            raise Unavailable("vosk comes with no model: name the folder of one in [speech.models]")
        try:
            self._package: Any = importlib.import_module("vosk")
            self._package.SetLogLevel(-1)
            self._model = self._package.Model(folder)
        except Exception as error:
            raise Unavailable(f"vosk cannot be loaded: {error}") from error

    def begin(self, search: Search, language: str) -> Utterance:
        match search.kind:
            case SearchKind.FREE:
                recogniser = self._package.KaldiRecognizer(self._model, SAMPLE_RATE)
            case SearchKind.PHRASES | SearchKind.REPEATED:
                grammar = json.dumps([*map(str.casefold, search.phrases), _UNKNOWN], ensure_ascii=False)
                recogniser = self._package.KaldiRecognizer(self._model, SAMPLE_RATE, grammar)
        recogniser.SetWords(True)
        return _Utterance(recogniser)


class _Utterance:
    def __init__(self, recogniser: Any) -> None:
        self._recogniser = recogniser
        self._said: list[str] = []
        self._confidences: list[float] = []
        self._partial = ""

    def hear(self, samples: Samples) -> str | None:
        if self._recogniser.AcceptWaveform(samples.tobytes()):
            self._keep(json.loads(self._recogniser.Result()))
            return None
        partial = str(json.loads(self._recogniser.PartialResult()).get("partial", ""))
        if partial == self._partial:
            return None
        self._partial = partial
        return " ".join([*self._said, partial]).strip() or None

    def end(self) -> Heard:
        self._keep(json.loads(self._recogniser.FinalResult()))
        confidences = self._confidences or [0.0]
        return Heard(" ".join(self._said), min(1.0, max(0.0, sum(confidences) / len(confidences))))

    def _keep(self, result: dict[str, Any]) -> None:
        text = " ".join(word for word in str(result.get("text", "")).split() if word != _UNKNOWN)
        if text:
            self._said.append(text)
        self._confidences += [float(word["conf"]) for word in result.get("result", ())]
