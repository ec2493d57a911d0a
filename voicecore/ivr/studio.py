"""Where flows get their sounds from, and where recordings go. One a process, shared by all calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.ivr import tones
from voicecore.ivr.prompt import AudioFile, Prompt, Spoken, Tone
from voicecore.media.sounds import Sound, SoundLibrary
from voicecore.speech.pcm import Pcm, read_wav


class PromptSource(Protocol):
    def names(self) -> list[str]: ...
    async def sound(self, name: str, language: str) -> Pcm: ...


class Voice(Protocol):
    async def say(self, text: str, language: str) -> Pcm: ...


class MusicSource(Protocol):
    async def sounds(self) -> list[Pcm]: ...


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are on this machine."""

    recordings: Path
    """Our SIP sockets, for calls out."""


class Studio:
    """Turns prompts into sounds that the engine holds. What was used before costs a look-up."""

    def __init__(
        self, library: SoundLibrary, prompts: PromptSource, voice: Voice, music: MusicSource, places: Places
    ) -> None:
        self._library = library
        self._prompts = prompts
        self._voice = voice
        self._music = music
        self._tunes: list[str] = []
        self.places = places

    async def sound(self, prompt: Prompt, language: str) -> Sound:
        """Raises Unavailable when no synthesiser can speak it or no file is there, UsageError for a wrong name."""
        name = _name(prompt, language)
        known = self._library.get(name)
        return known or self._library.put(name, await self._samples(prompt, language))

    async def music_on_hold(self) -> Sequence[Sound]:
        """All tunes, in order; they are played in a loop. Files are read at the first call."""
        known = [self._library.get(name) for name in self._tunes]
        if known and None not in known:
            return [sound for sound in known if sound is not None]
        tunes = await self._music.sounds()
        self._tunes = [f"music:{number}" for number in range(len(tunes))]
        return [self._library.put(name, pcm.samples) for name, pcm in zip(self._tunes, tunes, strict=True)]

    async def preload(self, language: str) -> None:
        """Gets the prompts of a language, the music and the tones ready, so that no caller waits for them."""
        for name in self._prompts.names():
            with contextlib.suppress(
                Unavailable
            ):  # told when prompts were rendered; a call will say it again
                await self.sound(name, language)
        await self.music_on_hold()
        await self.ring_back()

    async def ring_back(self) -> Sound:
        return self._library.get("ring-back") or self._library.put("ring-back", tones.ring_back())

    def recording_path(self, call: CallId, kind: str, number: int, now: datetime) -> str:
        """A new file's name, in a folder for each day. The folder is made if it can be."""
        folder = self.places.recordings / now.strftime("%Y-%m-%d")
        with contextlib.suppress(
            OSError
        ):  # the engine will say that the file cannot be made; the call goes on
            folder.mkdir(parents=True, exist_ok=True)
        return str(folder / f"{call}-{kind}-{number}.wav")

    async def _samples(self, prompt: Prompt, language: str) -> bytes:
        match prompt:
            case str():
                return (await self._prompts.sound(prompt, language)).samples
            case Spoken(text):
                return (await self._voice.say(text, language)).samples
            case AudioFile(path):
                return (await asyncio.to_thread(read_wav, Path(path))).samples
            case Tone(frequencies, duration_ms, level_db, silence_ms):
                return tones.tone(frequencies, duration_ms, level_db=level_db, silence_ms=silence_ms)


def _name(prompt: Prompt, language: str) -> str:
    match prompt:
        case str():
            return f"prompt:{language}:{prompt}"
        case Spoken(text):
            return f"spoken:{language}:{text}"
        case AudioFile(path):
            return f"file:{path}"
        case Tone():
            return f"tone:{prompt}"
