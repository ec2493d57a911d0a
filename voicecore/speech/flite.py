"""flite: English only, old but clear, and quick."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.pcm import Pcm
from voicecore.speech.synthesis import Availability, voice_in

_VOICES: Final = {"en": "slt"}


class Flite:
    """The program flite (BSD), run as a child process."""

    name = "flite"

    def __init__(self, programs: ChildPrograms, program: str = "flite") -> None:
        self._programs = programs
        self._program = program

    def voice_for(self, language: str) -> str | None:
        return voice_in(_VOICES, language)

    async def render(self, text: str, language: str, voice: str) -> Pcm:
        def command_line(text_file: Path, wav_file: Path) -> list[str]:
            return [self._program, "-voice", voice, "-f", str(text_file), "-o", str(wav_file)]

        return await self._programs.render(text, command_line)

    def available(self) -> Availability:
        found = shutil.which(self._program)
        if found is None:
            return Availability(False, f"{self._program} is not on the path", "apt-get install flite")
        return Availability(True, found)
