"""Waiting with a progress bar."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_STEP_S = 0.25


class Watch:
    """One bar over the whole run. `expected_s` is how long it will take, about."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._began = time.monotonic()

    def title(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def wait(self, process: subprocess.Popen[str]) -> str:
        """The standard output of a process, once it ended."""
        while True:
            try:
                output, _ = process.communicate(timeout=_STEP_S)
            except subprocess.TimeoutExpired:
                self._show()
            else:
                return output

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _STEP_S))
            self._show()

    def _show(self) -> None:
        self._progress.update(self._task, completed=time.monotonic() - self._began)


@contextmanager
def watching(console: Console, expected_s: float) -> Iterator[Watch]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Watch(progress, progress.add_task("starting", total=expected_s))
