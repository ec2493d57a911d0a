"""Where an utterance begins and ends, from how likely each window of sound is speech. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

WINDOW: Final = 256
"""Samples of a window at 8 kHz: 32 ms, what silero hears at once."""

WINDOW_S: Final = WINDOW / 8000


@dataclass(frozen=True, slots=True)
class EndpointRules:
    """Likelihoods from 0 to 1, and seconds."""

    speech_from: float = 0.5
    silence_below: float = 0.35
    begins_after_s: float = 0.096
    """Speech that is needed for a beginning: a click is shorter."""
    ends_after_s: float = 0.7
    longest_s: float = 20.0
    before_s: float = 0.32
    """Sound from before the beginning that belongs to the utterance."""


class Voice(Enum):
    QUIET = auto()
    SPEAKING = auto()


class Edge(Enum):
    NONE = auto()
    BEGINS = auto()
    ENDS = auto()


class Endpointer:
    """Follows one caller. What was heard just before a beginning is kept for it."""

    def __init__(self, rules: EndpointRules) -> None:
        self.voice = Voice.QUIET
        self._rules = rules
        self._speech_s = self._silence_s = self._spoken_s = 0.0
        self._before: deque[bytes] = deque(maxlen=round((rules.before_s + rules.begins_after_s) / WINDOW_S))

    def hear(self, window: bytes, likelihood: float) -> Edge:
        """One window; whether the utterance begins or ends with it."""
        match self.voice:
            case Voice.QUIET:
                return self._in_silence(window, likelihood)
            case Voice.SPEAKING:
                return self._in_speech(likelihood)

    def begun_with(self) -> bytes:
        """The sound that an utterance begins with, the window of its beginning included."""
        sound = b"".join(self._before)
        self._before.clear()
        return sound

    def _in_silence(self, window: bytes, likelihood: float) -> Edge:
        self._before.append(window)
        if likelihood >= self._rules.speech_from:
            self._speech_s += WINDOW_S
        elif likelihood < self._rules.silence_below:
            self._speech_s = 0.0
        # A hair less: three windows are 96 ms only up to rounding.
        if self._speech_s < self._rules.begins_after_s - WINDOW_S / 100:
            return Edge.NONE
        self.voice = Voice.SPEAKING
        self._silence_s = self._spoken_s = 0.0
        return Edge.BEGINS

    def _in_speech(self, likelihood: float) -> Edge:
        self._spoken_s += WINDOW_S
        self._silence_s = self._silence_s + WINDOW_S if likelihood < self._rules.silence_below else 0.0
        if self._silence_s < self._rules.ends_after_s and self._spoken_s < self._rules.longest_s:
            return Edge.NONE
        self.voice = Voice.QUIET
        self._speech_s = 0.0
        return Edge.ENDS
