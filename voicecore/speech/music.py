"""Music on hold: the operator's files, or else our own tune."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from voicecore.errors import Unavailable
from voicecore.speech.pcm import WIDE_RATE, Pcm, read_wav, write_wav
from voicecore.speech.tune import tune

_log = structlog.get_logger(__name__)

TUNE_FILE: Final = "voicecore-tune.wav"
"""The file that our tune is written to. It gives way to any other WAV file in the folder."""


class MusicOnHold:
    """The WAV files of a folder, in the order of their names, as `read_wav` reads them."""

    def __init__(self, directory: Path, highest_rate: int = WIDE_RATE) -> None:
        self._directory = directory
        self._highest_rate = highest_rate

    async def sounds(self) -> list[Pcm]:
        """At least one sound, to be played in turn. A file that cannot be read is logged and left out."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> list[Pcm]:
        sounds: list[Pcm] = []
        for path in self._files():
            try:
                sounds.append(read_wav(path, self._highest_rate))
            except Unavailable as error:
                _log.warning("music on hold skipped", reason=str(error))
        return sounds or [self._tune()]

    def _files(self) -> list[Path]:
        try:
            entries = sorted(self._directory.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            _log.warning("music on hold unreadable", directory=str(self._directory), reason=str(error))
            return []
        return [entry for entry in entries if entry.suffix.lower() == ".wav" and entry.name != TUNE_FILE]

    def _tune(self) -> Pcm:
        path = self._directory / TUNE_FILE
        try:
            return read_wav(path)
        except Unavailable:
            made = tune()
        try:
            write_wav(path, made)
        except Unavailable as error:
            _log.warning("tune not kept", reason=str(error))
        return made
