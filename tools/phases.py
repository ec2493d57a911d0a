"""Runs programs, some side by side, and tells what each took: seconds by the clock, and of the processors."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Take = Callable[[str], None]
"""Called with each line of a program's output, its end included."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    seconds: float
    cpu_s: float
    """Of the program and of all that it waited for."""


class Phases:
    """What was run, in the order in which it ended. Several threads may use it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.done: list[Phase] = []

    @property
    def seconds(self) -> float:
        """Since this was made."""
        return time.monotonic() - self._began

    def run(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        cwd: Path,
        take: Take | None = None,
    ) -> int:
        """Runs a program to its end; its exit code. Without `take` its output goes where ours does."""
        began = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=env,
            text=True,
            errors="replace",
            stdout=None if take is None else subprocess.PIPE,
            stderr=None if take is None else subprocess.STDOUT,
        )
        try:
            if process.stdout is not None and take is not None:
                with process.stdout:
                    for line in process.stdout:
                        take(line)
            # wait() would not say what it cost.
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        self.done.append(Phase(name, time.monotonic() - began, used.ru_utime + used.ru_stime))
        return process.returncode

    def table(self) -> str:
        """A line for each, and one for all together."""
        lines = [f"{one.seconds:9.1f} {one.cpu_s:9.1f}  {one.name}" for one in self.done]
        total = sum(one.cpu_s for one in self.done)
        last = f"{self.seconds:9.1f} {total:9.1f}  all"
        return "\n".join([f"{'seconds':>9} {'CPU s':>9}  phase", *lines, last])


def side_by_side(*lanes: Callable[[], _T]) -> list[_T]:
    """Each in a thread of its own. Returns when all are over; raises what the first of them raised."""
    with ThreadPoolExecutor(len(lanes)) as pool:
        return [future.result() for future in [pool.submit(lane) for lane in lanes]]
