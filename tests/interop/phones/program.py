"""A program that runs beside the test: its output is collected, and it is ended with what it started."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 40.0
"""After so long a wait fails: a guard against hanging, never reached when things work, on a busy machine either."""


class ProgramError(Exception):
    """The program ended, or did not say what it had to. Holds its output."""


class Program:
    """Started at once. Lines of its output (both streams) are kept in `lines`."""

    def __init__(
        self, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._name = Path(command[0]).name
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        )
        self._changed = threading.Condition()
        self._ended = False
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, name=f"output of {self._name}")
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def wait_for(self, pattern: str, seconds: float = PATIENCE_S, *, after: int = 0) -> re.Match[str]:
        """The first line from number `after` on that the pattern is found in. Raises ProgramError."""
        deadline, looked_at = time.monotonic() + seconds, after
        with self._changed:
            while True:
                for line in self.lines[looked_at:]:
                    if found := re.search(pattern, line):
                        return found
                looked_at = max(looked_at, len(self.lines))
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    raise ProgramError(self.report(f"did not say {pattern!r}"))
                self._changed.wait(left)

    def report(self, problem: str) -> str:
        return f"{self._name} {problem}; it said:\n" + "\n".join(self.lines[-60:])

    def wait(self, seconds: float) -> int:
        """Its exit status. Raises ProgramError if it does not end by itself."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise ProgramError(self.report(f"did not end within {seconds} s")) from late
        self._reader.join()
        return status

    def _kill_all(self) -> None:
        """What it started as well: a child that outlives it holds the other end of its output."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM, patience: float = 5.0) -> int:
        """Ends it: with this signal, and with SIGKILL if that is not enough. Returns its exit status."""
        if self.is_running:
            self._process.send_signal(number)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._kill_all()
        status = self._process.wait()
        self._reader.join(patience)
        if self._reader.is_alive():
            self._kill_all()
            self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:  # what was still to be written has no reader any more
                    pass
        return status
