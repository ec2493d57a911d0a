"""Whether a person or a machine answered: decided by how it greets. Pure; `answering` lets it hear.

People say a word or two and wait. Machines talk on, and then beep. Nothing but a beep or a fax machine's tone is
proof, so the limits are the caller's to choose; in doubt it is a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicecore.clock import Instant
from voicecore.media.call_progress import ProgressTone


@dataclass(frozen=True, slots=True)
class MachineDetection:
    """What tells a machine, in seconds."""

    greeting: float = 2.5
    """Who speaks for longer, pauses left out, is a machine."""
    most_words: int = 6
    """Who says more words without waiting for an answer is one."""
    after_greeting: float = 0.9
    """Who is silent for so long after speaking is a person."""
    nobody_speaks: float = 3.5
    """Who says nothing for so long is taken for a person."""
    word: float = 0.1
    """What is shorter is no word."""
    between_words: float = 0.1
    """Words with a shorter pause between are one."""
    wait_for_beep: bool = False
    """Of a machine, whether its beep is waited for, so that a message may be left."""
    beep_within: float = 30.0
    """How long; without a beep, silence of `quiet` ends it."""
    quiet: float = 2.5


class MachineSign(Enum):
    """What told that it is a machine."""

    GREETING = "long greeting"
    WORDS = "many words"
    BEEP = "beep"
    ANSWER_TONE = "answer tone"
    """A fax machine or a modem."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person answered, or somebody of whom nothing tells that it is a machine."""


@dataclass(frozen=True, slots=True)
class MachineFound:
    sign: MachineSign
    at_beep: bool
    """It has beeped: what is said now is its message."""


Verdict = Person | MachineFound

TONES = frozenset({ProgressTone.BEEP, ProgressTone.ANSWER_TONE})
"""What must be listened for."""


class State(Enum):
    WAITING = "nothing was said"
    SPEAKING = "speaking"
    PAUSING = "said something"
    TALKING_ON = "a machine speaks"
    QUIET = "a machine is silent"
    DECIDED = "decided"


class Input(Enum):
    SPEECH = "speech"
    SILENCE = "silence"
    ENOUGH = "the state's time is over"
    MACHINE = "it must be a machine, whose beep is waited for"
    PROOF = "it is known"


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.WAITING, Input.SPEECH): State.SPEAKING,
    (State.WAITING, Input.ENOUGH): State.DECIDED,
    (State.SPEAKING, Input.SILENCE): State.PAUSING,
    (State.SPEAKING, Input.MACHINE): State.TALKING_ON,
    (State.PAUSING, Input.SPEECH): State.SPEAKING,
    (State.PAUSING, Input.ENOUGH): State.DECIDED,
    (State.TALKING_ON, Input.SILENCE): State.QUIET,
    (State.TALKING_ON, Input.ENOUGH): State.DECIDED,
    (State.QUIET, Input.SPEECH): State.TALKING_ON,
    (State.QUIET, Input.ENOUGH): State.DECIDED,
    **{(state, Input.PROOF): State.DECIDED for state in State if state is not State.DECIDED},
}
"""What is not in it changes nothing."""


class MachineDetector:
    """Tell it what is heard since the answer; `verdict` is there as soon as it is known."""

    def __init__(self, settings: MachineDetection, now: Instant) -> None:
        self._settings = settings
        self._state = State.WAITING
        self._due: Instant | None = now + settings.nobody_speaks
        self._began = now
        self._spoken = 0.0
        self._words = 0
        self._sign = MachineSign.GREETING
        self._patience = now
        self.verdict: Verdict | None = None

    @property
    def state(self) -> State:
        return self._state

    def next_timer(self) -> Instant | None:
        """When to call `handle_timer`."""
        return self._due

    def handle_timer(self, now: Instant) -> None:
        if self._due is None or now < self._due:
            return
        match self._state:
            case State.WAITING | State.PAUSING:
                self._step(Input.ENOUGH, now, Person())
            case State.SPEAKING:
                self._machine(MachineSign.GREETING, now)
            case State.TALKING_ON | State.QUIET:
                self._step(Input.ENOUGH, now, MachineFound(self._sign, at_beep=False))
            case State.DECIDED:
                pass

    def speech(self, now: Instant) -> None:
        """Somebody began to speak at `now`."""
        if self._state in (State.WAITING, State.PAUSING):
            self._began = now
        self._step(Input.SPEECH, now)

    def silence(self, now: Instant) -> None:
        """Nobody speaks since `now`."""
        if self._state is State.SPEAKING:
            lasted = now - self._began
            self._spoken += lasted
            self._words += lasted >= self._settings.word
            if self._words > self._settings.most_words:
                self._machine(MachineSign.WORDS, now)
        self._step(Input.SILENCE, now)

    def tone(self, tone: ProgressTone, now: Instant) -> None:
        match tone:
            case ProgressTone.BEEP:
                self._step(Input.PROOF, now, MachineFound(MachineSign.BEEP, at_beep=True))
            case ProgressTone.ANSWER_TONE | ProgressTone.ANSWER_TONE_REVERSED:
                self._step(Input.PROOF, now, MachineFound(MachineSign.ANSWER_TONE, at_beep=False))
            case _:
                pass  # not one of `TONES`

    def _machine(self, sign: MachineSign, now: Instant) -> None:
        self._sign = sign
        if self._settings.wait_for_beep:
            self._patience = now + self._settings.beep_within
            self._step(Input.MACHINE, now)
        else:
            self._step(Input.PROOF, now, MachineFound(sign, at_beep=False))

    def _step(self, what: Input, now: Instant, verdict: Verdict | None = None) -> None:
        following = TRANSITIONS.get((self._state, what))
        if following is None:
            return
        self._state = following
        self.verdict = self.verdict or verdict
        self._due = self._time_of(following, now)

    def _time_of(self, state: State, now: Instant) -> Instant | None:
        settings = self._settings
        match state:
            case State.WAITING:
                return now + settings.nobody_speaks
            case State.SPEAKING:
                return now + settings.greeting - self._spoken
            case State.PAUSING:
                return now + settings.after_greeting
            case State.TALKING_ON:
                return self._patience
            case State.QUIET:
                return min(self._patience, now + settings.quiet)
            case State.DECIDED:
                return None
