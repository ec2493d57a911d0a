"""What every speech synthesiser can do, whichever program it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.language.tag import lookup
from voicecore.speech.pcm import Pcm
from voicecore.speech.sound_stream import Hear

MAX_CHARACTERS: Final = 2000
"""The longest text that is spoken at once, some two minutes."""

VOICE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+.-]{0,63}")

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class EngineDown(Unavailable):
    """The engine is at fault and not the text: the next text would fare no better for some time."""

    rest_s = 30.0
    """How long the engine is best passed over, so that not every caller waits for it in vain."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a synthesiser can be used here. `remedy` says what to do where it cannot, else it is empty."""

    present: bool
    detail: str
    remedy: str = ""


class Synthesiser(Protocol):
    """Turns text into sound. Every one gives the same level and the same silence at both ends."""

    @property
    def name(self) -> str:
        """The engine's name, stable: cached sounds are kept under it."""
        ...

    def voice_for(self, language: str) -> str | None:
        """The voice that speaks a language (a BCP 47 tag), or None."""
        ...

    async def render(self, text: str, language: str, voice: str) -> Pcm:
        """The text spoken. Raises Unavailable (engine missing, failed, too slow), UsageError for no text."""
        ...

    def available(self) -> Availability:
        """Whether the engine is installed. Looks at files only: quick, and starts nothing."""
        ...


@runtime_checkable
class StreamingSynthesiser(Synthesiser, Protocol):
    """One whose sound can be heard while the rest is still being made."""

    @property
    def streams(self) -> bool:
        """Whether it does, as it is set up."""
        ...

    async def render(self, text: str, language: str, voice: str, hear: Hear | None = None) -> Pcm:
        """Each part goes to `hear` as it comes; when it returns, all of them went."""
        ...


def voice_in(voices: Mapping[str, str], language: str) -> str | None:
    """The voice of the nearest language in a table, as `lookup` orders them.

    >>> voice_in({"en": "slt"}, "en-AU")
    'slt'
    """
    return next((voices[tag] for tag in lookup(language) if tag in voices), None)


def speakable(text: str) -> str:
    """The text on one line without control characters: espeak-ng would take some for commands.

    Raises UsageError where nothing is left, or where it is longer than MAX_CHARACTERS.
    """
    line = _CONTROL.sub(" ", text).strip()
    if not line:
        raise UsageError("no text to speak")
    if len(line) > MAX_CHARACTERS:
        raise UsageError(f"a text of {len(line)} characters, more than {MAX_CHARACTERS}")
    return line
