"""What a recogniser tells while it listens."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.speech.recognition.matching import Match


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak: time to stop a prompt. What was said follows, or NoSpeech."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What was heard so far; it may still change."""

    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """An utterance is over. `match` None: it is no answer by the grammar."""

    text: str
    match: Match | None
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class NoSpeech:
    """There was sound that is no speech, such as a cough or a door."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The recogniser has no answer, now or for good; keys still work."""

    problem: str


Result = SpeechStarted | Partial | Final | NoSpeech | Failed
