"""How late this machine wakes a thread that waits for a time: what a tick's lateness is read beside.

`python -m tests.bench.timer --seconds N` wakes every 20 ms, with real-time priority where the kernel grants it as the
engine's workers do, and prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Annotated

import typer

PERIOD_S = 0.02
PRIORITY = 20


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of a bare timer, in milliseconds: the 99th percentile and the worst."""

    p99_ms: float
    max_ms: float


def start(seconds: int) -> subprocess.Popen[str]:
    """A process of its own, so that nothing of the bench delays it."""
    command = [sys.executable, "-m", "tests.bench.timer", "--seconds", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read(line: str) -> Lateness:
    return Lateness(**json.loads(line))


def worst(found: list[float]) -> Lateness:
    """`found` is not empty: how late each wake-up was, in seconds."""
    ordered = sorted(found)
    return Lateness(ordered[len(ordered) * 99 // 100] * 1e3, ordered[-1] * 1e3)


def main(seconds: Annotated[int, typer.Option(min=1, max=600)] = 5) -> None:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        print("the timer has ordinary priority: the kernel grants no other", file=sys.stderr)
    late: list[float] = []
    due = time.monotonic()
    for _ in range(int(seconds / PERIOD_S)):
        due += PERIOD_S
        time.sleep(max(0.0, due - time.monotonic()))
        late.append(time.monotonic() - due)
    found = worst(late)
    print(json.dumps({"p99_ms": round(found.p99_ms, 3), "max_ms": round(found.max_ms, 3)}))


if __name__ == "__main__":
    typer.run(main)
