"""Rendered speech on disk, so that a text is rendered once."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from voicecore.errors import Unavailable
from voicecore.speech.conditioning import REVISION
from voicecore.speech.pcm import Pcm, read_wav, write_wav

_log = structlog.get_logger(__name__)

_READABLE_CHARACTERS: Final = 40
_HASH_DIGITS: Final = 20
_RIFF_HEADER: Final = 8


@dataclass(frozen=True, slots=True)
class Rendering:
    """What makes two rendered sounds the same sound."""

    engine: str
    voice: str
    language: str
    text: str

    @property
    def file(self) -> Path:
        """Its place in the cache: readable for people, distinct by a hash of all four and of our own steps.

        >>> Rendering("flite", "slt", "en", "Goodbye.").file.parent.as_posix()
        'en/flite-slt'
        """
        parts = (self.engine, self.voice, self.language, self.text, str(REVISION))
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_HASH_DIGITS]
        readable = _slug(self.text)[:_READABLE_CHARACTERS].rstrip("-")
        return Path(_slug(self.language), _slug(f"{self.engine}-{self.voice}"), f"{readable}-{digest}.wav")


@dataclass(slots=True)
class _Underway:
    """One sound being rendered: callers that want the same stand in line, and share a failure."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    failure: Unavailable | None = None


class PromptCache:
    """WAV files in a folder, one a rendering. Safe to delete at any time, whole or in part."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._underway: dict[Rendering, _Underway] = {}

    async def sound(self, rendering: Rendering, render: Callable[[], Awaitable[Pcm]]) -> Pcm:
        """The cached sound, or else what `render` gives, which is then kept.

        Who asks while another renders the same waits for that one; when the one who renders is cancelled, the
        next in line renders. A file that is damaged is rendered again; a disk that refuses is logged, and the
        sound is given all the same. Raises what `render` raises.
        """
        async with self._turn(rendering) as underway:
            path = self._directory / rendering.file
            kept = await asyncio.to_thread(_read_whole, path)
            if kept is not None:
                return kept
            if underway.failure is not None:
                raise Unavailable(str(underway.failure)) from underway.failure
            try:
                pcm = await render()
            except Unavailable as failure:
                underway.failure = failure
                raise
            await self._keep(path, pcm)
            return pcm

    @asynccontextmanager
    async def _turn(self, rendering: Rendering) -> AsyncIterator[_Underway]:
        underway = self._underway.setdefault(rendering, _Underway())
        underway.waiting += 1
        try:
            async with underway.turn:
                yield underway
        finally:
            underway.waiting -= 1
            if not underway.waiting:
                del self._underway[rendering]

    async def _keep(self, path: Path, pcm: Pcm) -> None:
        try:
            await asyncio.to_thread(write_wav, path, pcm)
        except Unavailable as error:
            # Not the path: its name begins with what was said to a caller.
            kind = type(error.__cause__).__name__
            _log.warning("prompt not cached", directory=str(self._directory), reason=kind)


def _read_whole(path: Path) -> Pcm | None:
    """The file's sound; None where it is missing, cut short or not ours."""
    try:
        with path.open("rb") as file:
            header = file.read(_RIFF_HEADER)
        whole = int.from_bytes(header[4:], "little") + _RIFF_HEADER == path.stat().st_size
        return read_wav(path) if whole else None
    except (OSError, Unavailable):
        return None


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text).strip("-").lower()
