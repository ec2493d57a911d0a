"""What every recogniser can do, whichever engine it has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from voicecore.clock import Instant
from voicecore.speech.recognition.grammar import Grammar
from voicecore.speech.recognition.result import Result
from voicecore.speech.synthesis import Availability

END_OF_SPEECH_S: Final = 0.7
"""Silence after which an utterance is over."""


class Heard(Protocol):
    """A stretch of a call's audio at 8 kHz, as a tap of the media engine gives it."""

    @property
    def at(self) -> Instant: ...
    @property
    def samples(self) -> npt.NDArray[np.int16]: ...
    @property
    def lost_ms(self) -> int:
        """How much before it was lost on the way."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is listened for."""

    grammar: Grammar
    language: str
    end_of_speech_s: float = END_OF_SPEECH_S


class Listening(Protocol):
    def feed(self, batch: Any) -> None:
        """More of what the caller says, a `Heard`. Returns at once, and never raises."""
        ...

    def results(self) -> AsyncIterator[Result]:
        """Until the listening is closed, or `Failed`, which is the last one. One reader."""
        ...


class Recogniser(Protocol):
    @property
    def name(self) -> str: ...

    def available(self) -> Availability:
        """Whether it is installed. Looks at files only: quick, and starts nothing."""
        ...

    def can(self, grammar: Grammar, language: str) -> bool:
        """Whether it takes such a grammar in this language."""
        ...

    def open(self, wish: Wish) -> AbstractAsyncContextManager[Listening]:
        """Listens during the block. Raises Unavailable where the engine cannot now."""
        ...


def first_that_can(
    recognisers: Sequence[Recogniser], grammar: Grammar, language: str
) -> Sequence[Recogniser]:
    """Those that take the grammar, best first."""
    return [one for one in recognisers if one.can(grammar, language)]
