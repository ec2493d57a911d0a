"""Where flows get their sounds from, who listens for them, where recordings go. One a process, for all calls."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.ivr import tones
from voicecore.ivr.prompt import (
    AudioData,
    AudioFile,
    InLanguage,
    Named,
    NetworkTone,
    Say,
    Single,
    Spoken,
    Tone,
    values_of,
)
from voicecore.media.call_progress import ProgressTone
from voicecore.media.engine import RecordingFormat, RecordingLayout
from voicecore.media.sounds import Sound, SoundLibrary
from voicecore.speech.language.kinds import Value
from voicecore.speech.pcm import Pcm, read_sound, read_wav
from voicecore.speech.piece import Piece
from voicecore.speech.prompts import in_first_language
from voicecore.speech.recognition.recogniser import Recogniser
from voicecore.speech.sound_stream import Hear
from voicecore.store.recording_keys import NO_KEYS, RecordingKeys
from voicecore.store.recording_source import is_sealed, opened
from voicecore.store.sealed_file import SUFFIX


class PromptSource(Protocol):
    """What `voicecore.speech.prompts.Prompts` can do."""

    def names(self) -> list[str]: ...
    def versions(
        self, name: str, values: Mapping[str, Value], language: str
    ) -> Iterable[Sequence[Piece]]: ...
    def filled(self, text: str, values: Mapping[str, Value], language: str) -> Sequence[Piece]: ...
    def fixed(self, name: str, language: str) -> Sequence[Piece]: ...
    async def render(self, piece: Piece, voice: str = "") -> Pcm: ...


class Voice(Protocol):
    """What `voicecore.speech.speaker.Speaker` can do."""

    def streams(self, language: str, voice: str = "") -> bool: ...
    async def say(self, text: str, language: str, voice: str = "", *, hear: Hear | None = None) -> Pcm: ...


class MusicSource(Protocol):
    async def sounds(self) -> list[Pcm]: ...


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are on this machine."""

    recordings: Path
    recording_keys: RecordingKeys = NO_KEYS
    """With any, recordings are sealed with the first."""
    recording_format: RecordingFormat = RecordingFormat.WAV
    recording_layout: RecordingLayout = RecordingLayout.STEREO
    """Of whole calls. PARTY: a file for each party."""
    recording_rate: int = 16_000
    """The highest, of recordings of legs that have it."""
    sound_rate: int = 16_000
    """The highest, of files that are played."""


class Studio:
    """Turns prompts into sounds that the engine holds. What was used before costs a look-up."""

    def __init__(
        self,
        library: SoundLibrary,
        prompts: PromptSource,
        voice: Voice,
        music: MusicSource,
        places: Places,
        recognisers: Sequence[Recogniser] = (),
        country: str = "",
    ) -> None:
        """`country` is whose network's tones callers hear (ISO 3166 code)."""
        self._library = library
        self._prompts = prompts
        self._voice = voice
        self._music = music
        self._tunes: list[str] = []
        self._pieces: dict[tuple[str, str, str], list[str]] = {}
        """Names in the library of a prompt's sounds, by the prompt, its language and voice."""
        self.places = places
        self._country = country
        self.recognisers = recognisers
        """Who understands callers, best first; empty: nobody, and keys are all that is taken."""

    async def sounds(self, prompt: Single, language: str, voice: str = "") -> list[Sound]:
        """One prompt's sounds, to be played without a gap. `voice` asks for a synthesiser, as `Speaker.say` does.

        Raises Unavailable when no synthesiser can speak it or no file is there, UsageError for a wrong name or value.
        """

        made = partial(self._piece, voice=voice)
        match prompt:
            case str():
                return self._known(prompt, language, voice) or await self._found(prompt, language, voice)
            case Named(name):
                versions = self._prompts.versions(name, values_of(prompt), language)
                return await in_first_language(versions, made)
            case Say(text):
                filled = self._prompts.filled(text, values_of(prompt), language)
                return await in_first_language([filled], made)
            case Spoken(text):
                return [await self.spoken(text, language, voice)]
            case AudioFile(path):
                return [await self._sound(f"file:{path}", lambda: asyncio.to_thread(self._file, Path(path)))]
            case AudioData(data):
                name = f"data:{hashlib.sha256(data).hexdigest()}"
                return [await self._sound(name, lambda: asyncio.to_thread(self._sound_of, data))]
            case Tone():
                return [self._tone(prompt)]
            case NetworkTone(tone, country):
                return [self._network_tone(tone, country or self._country)]
            case InLanguage(inner, other):
                return await self.sounds(inner, other)

    def streams(self, text: str, language: str, voice: str) -> bool:
        """Whether a text can be heard while it is made. One that was said before need not be made."""
        known = self._library.get(_spoken_name(text, language, voice))
        return known is None and self._voice.streams(language, voice)

    async def spoken(self, text: str, language: str, voice: str = "", hear: Hear | None = None) -> Sound:
        """The whole text; `hear` gets its parts before, as they come, where it has to be made by one that streams."""
        name = _spoken_name(text, language, voice)
        return await self._sound(name, lambda: self._voice.say(text, language, voice, hear=hear))

    def _known(self, prompt: str, language: str, voice: str) -> list[Sound]:
        """Empty where one of its sounds is not in the library (any more)."""
        found = []
        for name in self._pieces.get((prompt, language, voice), ()):
            sound = self._library.get(name)
            if sound is None:
                return []
            found.append(sound)
        return found

    async def _found(self, prompt: str, language: str, voice: str) -> list[Sound]:
        """What is played in another language because a voice fails now is looked for again the next time."""
        versions = list(self._prompts.versions(prompt, {}, language))
        try:
            sounds = [await self._piece(piece, voice) for piece in versions[0]] if versions else []
        except Unavailable:
            sounds = []
        if not sounds:
            return await in_first_language(versions, partial(self._piece, voice=voice))
        self._pieces[prompt, language, voice] = [_piece_name(piece, voice) for piece in versions[0]]
        return sounds

    def music_at_hand(self) -> Sequence[Sound]:
        """All tunes, as `music_on_hold`, as long as the engine holds them; else none."""
        known = [sound for name in self._tunes if (sound := self._library.get(name)) is not None]
        return known if len(known) == len(self._tunes) else ()

    async def music_on_hold(self) -> Sequence[Sound]:
        """All tunes, in order; they are played in a loop. Files are read at the first call."""
        if known := self.music_at_hand():
            return known
        tunes = await self._music.sounds()
        self._tunes = [f"music:{number}" for number in range(len(tunes))]
        named = zip(self._tunes, tunes, strict=True)
        return [self._library.put(name, pcm.samples, rate=pcm.rate) for name, pcm in named]

    async def preload(self, language: str) -> None:
        """Gets the prompts of a language, the music and the tones ready, so that no caller waits for them."""
        for name in self._prompts.names():
            for piece in self._prompts.fixed(name, language):
                # A failure was told when prompts were rendered; a call will say it again.
                with contextlib.suppress(Unavailable):
                    await self._piece(piece)
        await self.music_on_hold()
        await self.ring_back()

    async def ring_back(self) -> Sound:
        return self._network_tone(ProgressTone.RINGBACK, self._country)

    def recording_path(self, call: CallId, kind: str, number: int, now: datetime) -> str:
        """A new file's name, in a folder for each day. The folder is made if it can be."""
        folder = self.places.recordings / now.strftime("%Y-%m-%d")
        with contextlib.suppress(
            OSError
        ):  # the engine will say that the file cannot be made; the call goes on
            folder.mkdir(parents=True, exist_ok=True)
        seal = SUFFIX if self.places.recording_keys.current else ""
        return str(folder / f"{call}-{kind}-{number}.{self.places.recording_format.value}{seal}")

    def _file(self, path: Path) -> Pcm:
        """One of the caller's recordings may be sealed."""
        if not is_sealed(path):
            return read_wav(path, self.places.sound_rate)
        try:
            with opened(path, self.places.recording_keys) as source:
                return self._sound_of(source.read_at(0, source.size))
        except OSError as error:
            raise Unavailable(f"cannot read {path}: {error.strerror}") from error

    def _sound_of(self, data: bytes) -> Pcm:
        return read_sound(data, self.places.sound_rate)

    def _network_tone(self, tone: ProgressTone, country: str) -> Sound:
        name = f"network-tone:{country}:{tone.value}"
        return self._library.get(name) or self._library.put(name, tones.network_tone(tone, country))

    def _tone(self, tone: Tone) -> Sound:
        name = f"tone:{tone}"
        return self._library.get(name) or self._library.put(
            name,
            tones.tone(
                tone.frequencies, tone.duration_ms, level_db=tone.level_db, silence_ms=tone.silence_ms
            ),
        )

    async def _piece(self, piece: Piece, voice: str = "") -> Sound:
        return await self._sound(_piece_name(piece, voice), lambda: self._prompts.render(piece, voice))

    async def _sound(self, name: str, make: Callable[[], Awaitable[Pcm]]) -> Sound:
        if known := self._library.get(name):
            return known
        pcm = await make()
        return self._library.put(name, pcm.samples, rate=pcm.rate)


def _spoken_name(text: str, language: str, voice: str) -> str:
    return f"spoken:{voice}:{language}:{text}"


def _piece_name(piece: Piece, voice: str) -> str:
    return f"piece:{voice}:{piece}"
