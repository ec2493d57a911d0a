"""What can be played: a name from the manifest, a text to be spoken, a file, a tone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text for the synthesiser, in the call's language."""

    text: str


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A WAV file, of any rate and channels."""

    path: str


@dataclass(frozen=True, slots=True)
class Tone:
    """One or more sines together, at `level_db` below full scale."""

    frequencies: tuple[float, ...]
    duration_ms: int
    level_db: float = -12.0
    silence_ms: int = 0


Prompt = str | Spoken | AudioFile | Tone
"""A plain string is a name in `prompts/manifest.toml`."""


def describe(prompt: Prompt) -> str:
    """For the journal: what was played, without what a caller's data made of it."""
    match prompt:
        case str():
            return prompt
        case Spoken():
            return "spoken text"
        case AudioFile(path):
            return path
        case Tone(frequencies, duration_ms):
            return f"tone {'+'.join(f'{hertz:g}' for hertz in frequencies)} Hz, {duration_ms} ms"
