"""What can be played: names from the manifest, texts, files and tones; alone, with values, or in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

from voicecore.media.call_progress import ProgressTone
from voicecore.speech.language.kinds import Value


class _Composable:
    """`a + b` plays one after the other; either may be any prompt."""

    __slots__ = ()

    def __add__(self, following: Prompt) -> Series:
        return Series(tuple(flat([self, following])))  # type: ignore[list-item]

    def __radd__(self, preceding: Prompt) -> Series:
        return Series(tuple(flat([preceding, self])))  # type: ignore[list-item]


@dataclass(frozen=True, slots=True)
class Spoken(_Composable):
    """A text for the synthesiser, in the call's language, exactly as it is."""

    text: str


@dataclass(frozen=True, slots=True, init=False)
class Say(_Composable):
    """A text with places for values, in the call's language.

    `Say("Your balance is {amount:money}.", amount=Money("12.50", "USD"))`. docs/prompts.md lists the kinds.
    """

    text: str
    values: tuple[tuple[str, Value], ...]

    def __init__(self, text: str, /, **values: Value) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", tuple(values.items()))


@dataclass(frozen=True, slots=True, init=False)
class Named(_Composable):
    """A prompt of the manifest whose text has places for values: `Named("balance", amount=Money("12.50", "USD"))`."""

    name: str
    values: tuple[tuple[str, Value], ...]

    def __init__(self, name: str, /, **values: Value) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "values", tuple(values.items()))


@dataclass(frozen=True, slots=True)
class AudioFile(_Composable):
    """A WAV file, of any rate and channels."""

    path: str


@dataclass(frozen=True, slots=True)
class AudioData(_Composable):
    """A sound file in memory, WAV or another that libsndfile reads. `name` is for the journal."""

    data: bytes = field(repr=False)
    name: str = "sound"


@dataclass(frozen=True, slots=True)
class Tone(_Composable):
    """One or more sines together, at `level_db` below full scale."""

    frequencies: tuple[float, ...]
    duration_ms: int
    level_db: float = -12.0
    silence_ms: int = 0


@dataclass(frozen=True, slots=True)
class NetworkTone(_Composable):
    """One round of ringback, busy, congestion, ...: `async with call.playing(NetworkTone(ProgressTone.BUSY)): ...`."""

    tone: ProgressTone
    country: str = ""
    """As whose network makes it (ISO 3166 code); "": the site's."""


@dataclass(frozen=True, slots=True)
class InLanguage(_Composable):
    """A prompt in another language than the call's: `InLanguage("language_choice", "zh")`."""

    prompt: str | Spoken | Say | Named
    language: str


Single = str | Spoken | Say | Named | AudioFile | AudioData | Tone | NetworkTone | InLanguage
"""A plain string is a name in `prompts/manifest.toml`."""


@dataclass(frozen=True, slots=True)
class Series(_Composable):
    """Prompts one after the other, as `+` makes it."""

    prompts: tuple[Single, ...]


Prompt = Union[Single, Series, tuple["Prompt", ...]]  # noqa: UP007 - it names itself
"""One prompt, or several in a row: by `+`, or as a tuple."""


def flat(prompts: Iterable[Prompt]) -> Iterator[Single]:
    """Every single prompt, in order."""
    for prompt in prompts:
        match prompt:
            case tuple():
                yield from flat(prompt)
            case Series(parts):
                yield from parts
            case _:
                yield prompt


def values_of(prompt: Say | Named) -> Mapping[str, Value]:
    return dict(prompt.values)


def describe(prompt: Single) -> str:
    """For the journal: what was played, without what a caller's data made of it."""
    match prompt:
        case str():
            return prompt
        case Named(name):
            return name
        case Spoken() | Say():
            return "spoken text"
        case AudioFile(path):
            return path
        case AudioData(_, name):
            return name
        case InLanguage(inner):
            return describe(inner)
        case Tone(frequencies, duration_ms):
            return f"tone {'+'.join(f'{hertz:g}' for hertz in frequencies)} Hz, {duration_ms} ms"
        case NetworkTone(tone):
            return f"{tone.value} tone"
