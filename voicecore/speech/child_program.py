"""Runs a synthesiser as a child process: bounded in time and number, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from voicecore.errors import Unavailable
from voicecore.speech.conditioning import condition
from voicecore.speech.pcm import Pcm, read_wav
from voicecore.speech.synthesis import EngineDown, speakable

_NICENESS: Final = 10  # speech may wait; media ticks on the same cores may not
_STDERR_SHOWN: Final = 300

CommandLine = Callable[[Path, Path], Sequence[str]]
"""Given the text file (UTF-8) and the WAV file to write: the program and its arguments."""


class TooSlow(EngineDown):
    """The program did not finish in its time and was killed."""

    rest_s = 60.0


class ChildPrograms:
    """Child processes that write WAV files: at most `limit` at once, each for `timeout_s` seconds.

    Up to `queue_limit` texts wait for their turn; more are refused as Unavailable. One for the application,
    shared by all synthesisers, so that the bounds hold for all together.
    """

    def __init__(self, *, limit: int = 2, queue_limit: int = 256, timeout_s: float = 30.0) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._places = limit + queue_limit
        self._timeout_s = timeout_s

    async def render(self, text: str, command_line: CommandLine) -> Pcm:
        """The sound that a program made of the text, trimmed and levelled.

        Raises Unavailable where it cannot be started, fails or writes no speech, TooSlow, and UsageError for
        no text.
        """
        line = speakable(text)
        if not self._places:
            raise Unavailable("too many texts wait to be spoken")
        self._places -= 1
        try:
            return await self._render(line, command_line)
        finally:
            self._places += 1

    async def _render(self, line: str, command_line: CommandLine) -> Pcm:
        async with self._slots:
            with tempfile.TemporaryDirectory(prefix="voicecore-speech-") as folder:
                text_file, wav_file = Path(folder, "text.txt"), Path(folder, "sound.wav")
                await asyncio.to_thread(text_file.write_text, line + "\n", encoding="utf-8")
                await self._run(command_line(text_file, wav_file))
                return await asyncio.to_thread(lambda: condition(read_wav(wav_file)))

    async def _run(self, command: Sequence[str]) -> None:
        program = Path(command[0]).name
        try:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"cannot start {program}: {error}") from error
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, child.pid, _NICENESS)
            async with asyncio.timeout(self._timeout_s):
                _, stderr = await child.communicate()
        except TimeoutError as error:
            raise TooSlow(f"{program} took longer than {self._timeout_s} s") from error
        finally:
            await _end(child)
        if child.returncode:
            said = stderr.decode("utf-8", "replace").strip()[-_STDERR_SHOWN:]
            raise Unavailable(f"{program} ended with status {child.returncode}: {said}")


async def _end(child: asyncio.subprocess.Process) -> None:
    """Kills the child with everything it started, and waits until it is gone."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
