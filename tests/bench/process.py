"""What the kernel says about a process: CPU time, and memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_HERTZ = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12
"""Places in /proc/PID/stat behind the program's name in brackets (proc(5), fields 14 and 15)."""


@dataclass(frozen=True, slots=True)
class CpuTime:
    """Seconds of user and system time. `loop` is the first thread's part, where Python's event loop runs."""

    total: float
    loop: float

    def __sub__(self, other: CpuTime) -> CpuTime:
        return CpuTime(self.total - other.total, self.loop - other.loop)


class Meter:
    """Reads the meters of one running process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._proc = Path(f"/proc/{pid}")
        self._first_thread = self._proc / "task" / str(pid)

    def cpu(self) -> CpuTime:
        """All threads, ended ones included. The kernel counts in steps of 10 ms."""
        return CpuTime(_ticks(self._proc) / _HERTZ, _ticks(self._first_thread) / _HERTZ)

    def resident_mb(self) -> float:
        """Memory that is in RAM now, in MB of 10^6 octets."""
        for line in (self._proc / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        return 0.0


def children(pid: int) -> set[int]:
    """The processes that a process has started and that still run (proc(5), /proc/PID/task/TID/children)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def _ticks(folder: Path) -> int:
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return int(fields[_UTIME]) + int(fields[_STIME])
