"""Prompts, voice and music for tests: silence of a known length, told apart by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.language.kinds import Value
from voicecore.speech.manifest import Manifest
from voicecore.speech.pcm import Pcm
from voicecore.speech.piece import Piece
from voicecore.speech.sound_stream import Hear
from voicecore.speech.texts import Texts

SECOND = 16000


def human_pace(words: str) -> float:
    """Seconds that a voice takes: about 15 letters a second, or 4.5 Chinese characters."""
    wide = sum(character > "\u2e7f" for character in words)
    return max(0.4, wide / 4.5 + (len(words) - wide) / 15)


class SimulatedSpeech:
    """Stands for prompts, synthesiser and music alike. Remembers which sound is what."""

    def __init__(
        self,
        lengths: Mapping[str, float] | None = None,
        *,
        known: frozenset[str] | None = None,
        manifest: Manifest | None = None,
        is_dead: bool = False,
        pace: Callable[[str], float] = lambda words: 1.0,
    ) -> None:
        """`lengths`: seconds of prompts by name, `pace` of the words for all others; `known`: the only names there are.

        With a `manifest` its prompts are the only ones, said by their texts; without, a name is its own text.
        """
        self._lengths = lengths or {}
        self._known = known if manifest is None else frozenset(manifest)
        self._texts = Texts(manifest or {})
        self._in_manifest = frozenset(manifest or ())
        self._is_dead = is_dead
        self._pace = pace
        self._names: dict[bytes, str] = {}
        self._words: dict[bytes, str] = {}

    def name_of(self, samples: bytes) -> str:
        """What a sound was made for: a prompt's name, a text, "music"; "" for one made elsewhere.

        Of a prompt with values, its first fixed part has the name, the others their text.
        """
        return self._names.get(samples, "")

    def words_of(self, samples: bytes) -> str:
        """What is said in a sound, in words; "" for music and what was made elsewhere."""
        return self._words.get(samples, "")

    def names(self) -> list[str]:
        return sorted(self._known or self._lengths)

    def versions(self, name: str, values: Mapping[str, Value], language: str) -> Iterable[Sequence[Piece]]:
        if self._known is not None and name not in self._known:
            raise UsageError(f"there is no prompt {name}")
        if name in self._in_manifest:
            return self._texts.versions(name, values, language)
        if values:
            raise UsageError(f"without a manifest, prompt {name} has no places for values")
        return [[Piece(language, name, name)]]

    def filled(self, text: str, values: Mapping[str, Value], language: str) -> Sequence[Piece]:
        return self._texts.filled(text, values, language)

    def fixed(self, name: str, language: str) -> Sequence[Piece]:
        return self._texts.fixed(name, language) if name in self._in_manifest else []

    async def render(self, piece: Piece, voice: str = "") -> Pcm:
        if not piece.text:
            raise Unavailable(f"no recording and no text in {piece.language}")
        return self._make(_name(piece), piece.language, piece.text)

    def streams(self, language: str, voice: str = "") -> bool:
        return False

    async def say(self, text: str, language: str, voice: str = "", *, hear: Hear | None = None) -> Pcm:
        return self._make(text, language, text)

    async def sounds(self) -> list[Pcm]:
        return [self._make("music", "", "")]

    def _make(self, name: str, language: str, words: str) -> Pcm:
        if self._is_dead:
            raise Unavailable("the simulated synthesiser is dead")
        mark = f"{language}:{name}:{words}".encode()
        seconds = self._lengths[name] if name in self._lengths else self._pace(words)
        size = int(seconds * SECOND) // 2 * 2
        samples = (mark + bytes(size))[: max(size, len(mark) + len(mark) % 2)]
        self._names[samples], self._words[samples] = name, words
        return Pcm(samples)


def _name(piece: Piece) -> str:
    """The prompt's name where the piece is the whole prompt or its first fixed part; else what is said."""
    name, _, part = piece.recording.partition(".")
    return name if name and part in ("", "1") else piece.text
