"""Prompts by name: recorded files where there are some, else the manifest's texts, spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import structlog

from voicecore.errors import Unavailable
from voicecore.speech.joint import tighten
from voicecore.speech.language.kinds import Value
from voicecore.speech.manifest import read_manifest
from voicecore.speech.pcm import WIDE_RATE, Pcm, joined, read_wav
from voicecore.speech.piece import Joint, Piece
from voicecore.speech.speaker import Speaker
from voicecore.speech.texts import Texts
from voicecore.speech.vocabulary import cover

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

WORDS: Final = "words"
"""The folder of a language's recordings that holds single words, for what differs from call to call."""


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One prompt in one language."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class RenderProgress:
    """One more prompt is done: `done` of `total`. `failure` says why where it has no sound."""

    prompt: PromptVersion
    done: int
    total: int
    failure: str | None = None


class Prompts:
    """The prompts of a manifest, as sounds.

    A file `LANGUAGE/NAME.wav` in the folder `recorded` wins over the text of a prompt or of a fixed part of it, and
    the files of `LANGUAGE/words` over the synthesiser, for values whose words are all there. Raises ConfigError for a
    bad manifest.
    """

    def __init__(
        self,
        manifest: Path,
        speaker: Speaker,
        recorded: Path,
        default_language: str = "en",
        highest_rate: int = WIDE_RATE,
    ) -> None:
        """Recordings are read with `highest_rate`, as `read_wav` takes it."""
        self.texts = Texts(read_manifest(manifest), default_language)
        self._speaker = speaker
        self._recorded = recorded
        self._highest_rate = highest_rate
        self._words: dict[str, frozenset[str]] = {}

    def names(self) -> list[str]:
        """Every prompt's name, sorted."""
        return self.texts.names()

    def languages(self) -> list[str]:
        """Every language that has a text, sorted."""
        return self.texts.languages()

    def text(self, name: str, language: str) -> str:
        """The text that stands for the language. UsageError for an unknown name, or where none is left."""
        return self.texts.text(name, language)

    def versions(self, name: str, values: Mapping[str, Value], language: str) -> Iterable[list[Piece]]:
        """The prompt filled, in the language and then in those that stand in for it. Raises as `Texts` does."""
        return self.texts.versions(name, values, language)

    def filled(self, text: str, values: Mapping[str, Value], language: str) -> list[Piece]:
        """A text that is in no manifest, filled. Raises as `Texts` does."""
        return self.texts.filled(text, values, language)

    def fixed(self, name: str, language: str) -> list[Piece]:
        """What can be made of a prompt before a call."""
        return self.texts.fixed(name, language)

    async def render(self, piece: Piece, voice: str = "") -> Pcm:
        """The recording, or the text spoken. Unavailable where there is neither, or no voice.

        `voice` is as `Speaker.say` takes it.
        """
        sound = await asyncio.to_thread(self._recording, piece)
        if sound is None and not piece.text:
            raise Unavailable(f"no recording and no text in {piece.language}")
        if sound is None:
            sound = await self._speaker.say(piece.text, piece.language, voice, keep=piece.fixed)
        if piece.before is Joint.OPEN and piece.after is Joint.OPEN:
            return sound
        return await asyncio.to_thread(tighten, sound, piece.before.value, piece.after.value)

    async def sound(
        self, name: str, language: str, values: Mapping[str, Value] | None = None, voice: str = ""
    ) -> Pcm:
        """The whole prompt as one sound, in the language or in the first of its stand-ins that can be had now.

        Raises UsageError for an unknown name and values that do not fit, Unavailable with what was tried.
        """
        versions = self.versions(name, values or {}, language)
        pieces = await in_first_language(versions, partial(self.render, voice=voice))
        return joined(pieces)

    def missing(self, languages: Sequence[str] | None = None) -> list[PromptVersion]:
        """What has neither a recording nor a text, of the given languages or of all that the manifest knows.

        Looks at the disk: blocks.
        """
        prompts = (PromptVersion(name, tag) for name in self.names() for tag in self.texts.tags(languages))
        return [
            prompt
            for prompt in prompts
            if prompt.language not in self.texts.of(prompt.name)
            and not self.recording(prompt.language, prompt.name).is_file()
        ]

    async def render_all(
        self, languages: Sequence[str], progress: Callable[[RenderProgress], None]
    ) -> list[RenderProgress]:
        """Has a sound made for every prompt in every language, so that no caller waits for it later.

        Of prompts with placeholders, the fixed parts. `progress` is called once for each, as they are done. Returns
        those that failed; they raise nothing.
        """
        prompts = [PromptVersion(name, tag) for tag in self.texts.tags(languages) for name in self.names()]
        reports: list[RenderProgress] = []

        async def render(prompt: PromptVersion) -> None:
            failure: str | None = None
            try:
                for piece in self.fixed(prompt.name, prompt.language):
                    await self.render(piece)
            except Unavailable as error:
                failure = str(error)
            reports.append(RenderProgress(prompt, len(reports) + 1, len(prompts), failure))
            progress(reports[-1])

        async with asyncio.TaskGroup() as group:
            for prompt in prompts:
                group.create_task(render(prompt))
        return [report for report in reports if report.failure is not None]

    def recording(self, language: str, name: str) -> Path:
        """Where a recording of that name belongs."""
        return self._recorded / language / f"{name}.wav"

    def _recording(self, piece: Piece) -> Pcm | None:
        """Blocks."""
        if piece.recording:
            return self._read(piece.language, piece.recording)
        if piece.fixed:
            return None
        names = cover(piece.text, self._vocabulary(piece.language))
        sounds = [self._read(piece.language, f"{WORDS}/{name}") for name in names]
        read = [tighten(sound, Joint.CLOSE.value, Joint.CLOSE.value) for sound in sounds if sound is not None]
        return joined(read) if read and len(read) == len(names) else None

    def _vocabulary(self, language: str) -> frozenset[str]:
        """The recorded words of a language: looked for once."""
        if language not in self._words:
            folder = self._recorded / language / WORDS
            self._words[language] = frozenset(file.stem for file in folder.glob("*.wav"))
        return self._words[language]

    def _read(self, language: str, name: str) -> Pcm | None:
        path = self.recording(language, name)
        if not path.is_file():
            return None
        try:
            return read_wav(path, self._highest_rate)
        except Unavailable as error:
            _log.warning("recorded prompt skipped", prompt=name, reason=str(error))
            return None


async def in_first_language(
    versions: Iterable[Sequence[Piece]], get: Callable[[Piece], Awaitable[_T]]
) -> list[_T]:
    """What `get` makes of the pieces of the first version of which it gets all: a prompt never changes its language
    half-way. Raises Unavailable with what was tried.
    """
    tried: list[str] = []
    for version in versions:
        try:
            return [await get(piece) for piece in version]
        except Unavailable as error:
            tried.append(str(error))
    raise Unavailable("; ".join(tried) or "no language has a text or rules for it")
