"""espeak-ng: small, always there, speaks Mandarin as well; a robot's voice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.pcm import Pcm
from voicecore.speech.synthesis import Availability, voice_in

_VOICES: Final = {"en": "en-us", "en-GB": "en-gb", "zh": "cmn"}
_WORDS_PER_MINUTE: Final = "150"  # its own 175 is fast for the telephone


class EspeakNg:
    """The program espeak-ng (GPL), run as a child process."""

    name = "espeak-ng"

    def __init__(self, programs: ChildPrograms, program: str = "espeak-ng") -> None:
        self._programs = programs
        self._program = program

    def voice_for(self, language: str) -> str | None:
        return voice_in(_VOICES, language)

    async def render(self, text: str, language: str, voice: str) -> Pcm:
        def command_line(text_file: Path, wav_file: Path) -> list[str]:
            utf8 = ("-b", "1")
            speed = ("-s", _WORDS_PER_MINUTE)
            return [self._program, "-v", voice, *utf8, *speed, "-f", str(text_file), "-w", str(wav_file)]

        return await self._programs.render(text, command_line)

    def available(self) -> Availability:
        found = shutil.which(self._program)
        if found is None:
            return Availability(False, f"{self._program} is not on the path", "apt-get install espeak-ng")
        return Availability(True, found)
