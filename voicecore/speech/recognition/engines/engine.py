"""What a recogniser is inside its process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.search import Search

Samples = npt.NDArray[np.int16]


class Utterance(Protocol):
    """One utterance, from its first samples to the answer."""

    def hear(self, samples: Samples) -> str | None:
        """More of it, at 8 kHz. A text: what was heard so far, where the engine can tell."""
        ...

    def end(self) -> Heard: ...


class Engine(Protocol):
    def begin(self, search: Search, language: str) -> Utterance:
        """Raises Unavailable for what this engine cannot look for."""
        ...


EngineMaker = Callable[[str], Engine]
"""From the model's directory, or "" for the one that comes with the package. Raises Unavailable."""


class Collected:
    """An utterance for engines that look at it when it is complete."""

    def __init__(self, decode: Callable[[Samples], Heard]) -> None:
        self._decode = decode
        self._parts: list[Samples] = []

    def hear(self, samples: Samples) -> None:
        self._parts.append(samples)

    def end(self) -> Heard:
        heard = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)
        return self._decode(heard)
