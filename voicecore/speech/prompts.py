"""Prompts by name: a recorded file where there is one, else the manifest's text, spoken."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.language.tag import canonical, lookup
from voicecore.speech.manifest import read_manifest
from voicecore.speech.pcm import Pcm, read_wav
from voicecore.speech.speaker import Speaker

_log = structlog.get_logger(__name__)


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
    """The prompts of a manifest.

    A file `LANGUAGE/NAME.wav` in the folder `recorded` wins over the text. For a language that has neither
    stand in its shorter tags (zh for zh-TW), then `default_language`. Raises ConfigError for a bad manifest.
    """

    def __init__(
        self, manifest: Path, speaker: Speaker, recorded: Path, default_language: str = "en"
    ) -> None:
        self._texts = read_manifest(manifest)
        self._speaker = speaker
        self._recorded = recorded
        self._default_language = canonical(default_language)

    def names(self) -> list[str]:
        """Every prompt's name, sorted."""
        return sorted(self._texts)

    def languages(self) -> list[str]:
        """Every language that has a text, sorted."""
        return sorted({language for texts in self._texts.values() for language in texts})

    def text(self, name: str, language: str) -> str:
        """The text that stands for the language. UsageError for an unknown name, or where none is left."""
        texts = self._texts_of(name)
        for tag in self._fallbacks(language):
            if tag in texts:
                return texts[tag]
        raise UsageError(f"prompt {name!r} has no text in {language} nor in {self._default_language}")

    async def sound(self, name: str, language: str) -> Pcm:
        """The prompt's sound in the language, or in the first of its stand-ins that can be had now.

        Raises UsageError for an unknown name, Unavailable with what was tried.
        """
        self._texts_of(name)
        tried: list[str] = []
        for tag in self._fallbacks(language):
            prompt = PromptVersion(name, tag)
            try:
                return await self._in_language(prompt)
            except Unavailable as error:
                tried.append(str(error))
        raise Unavailable(f"no sound for prompt {name!r} in {language}: " + "; ".join(tried))

    def missing(self, languages: Sequence[str] | None = None) -> list[PromptVersion]:
        """What has neither a recording nor a text, of the given languages or of all that the manifest knows.

        Looks at the disk: blocks.
        """
        tags = self.languages() if languages is None else [canonical(language) for language in languages]
        prompts = (PromptVersion(name, tag) for name in self.names() for tag in tags)
        return [
            prompt
            for prompt in prompts
            if prompt.language not in self._texts[prompt.name] and not self._recording(prompt).is_file()
        ]

    async def render_all(
        self, languages: Sequence[str], progress: Callable[[RenderProgress], None]
    ) -> list[RenderProgress]:
        """Has a sound made for every prompt in every language, so that no caller waits for it later.

        `progress` is called once for each, as they are done. Returns those that failed; they raise nothing.
        """
        prompts = [PromptVersion(name, canonical(tag)) for tag in languages for name in self.names()]
        reports: list[RenderProgress] = []

        async def render(prompt: PromptVersion) -> None:
            failure: str | None = None
            try:
                await self._in_language(prompt)
            except Unavailable as error:
                failure = str(error)
            reports.append(RenderProgress(prompt, len(reports) + 1, len(prompts), failure))
            progress(reports[-1])

        async with asyncio.TaskGroup() as group:
            for prompt in prompts:
                group.create_task(render(prompt))
        return [report for report in reports if report.failure is not None]

    async def _in_language(self, prompt: PromptVersion) -> Pcm:
        """The recording, or the text spoken. Unavailable where there is neither, or no voice."""
        recording = self._recording(prompt)
        if await asyncio.to_thread(recording.is_file):
            try:
                return await asyncio.to_thread(read_wav, recording)
            except Unavailable as error:
                _log.warning("recorded prompt skipped", prompt=prompt.name, reason=str(error))
        text = self._texts[prompt.name].get(prompt.language)
        if text is None:
            raise Unavailable(f"no recording and no text in {prompt.language}")
        return await self._speaker.say(text, prompt.language)

    def _recording(self, prompt: PromptVersion) -> Path:
        return self._recorded / prompt.language / f"{prompt.name}.wav"

    def _fallbacks(self, language: str) -> Iterator[str]:
        return iter(dict.fromkeys([*lookup(language), self._default_language]))

    def _texts_of(self, name: str) -> dict[str, str]:
        try:
            return dict(self._texts[name])
        except KeyError:
            near = difflib.get_close_matches(name, self._texts, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UsageError(f"there is no prompt {name!r}{hint}") from None
