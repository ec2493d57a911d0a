"""The programs of `phone.py` as child processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rtp import ROOT, NotMeasured, Wait

HOLD_RATE = 100
"""Calls a second that `holding` starts and ends."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What became of the calls of one program. `retransmissions` counts both directions."""

    offered: int
    answered: int
    failed: int
    unfinished: int
    failures: dict[str, int]
    retransmissions: int
    answer_p50_ms: float
    answer_p95_ms: float
    cpu_seconds: float


def offer(target: str, *, rate: int, seconds: int, wait: Wait) -> Calls:
    """Calls at a fixed rate, each ended by the server; returns when the last one is over."""
    with _start(["rate", "--target", target, "--rate", str(rate), "--seconds", str(seconds)]) as process:
        return _report(wait(process), process)


@contextmanager
def holding(
    target: str, flows: Path, *, calls: int, first_port: int, listen: int = 0, srtp: str = ""
) -> Iterator[Calls]:
    """Calls that stay up inside the block; `flows` then lists their RTP, and that of calls that came back.

    `srtp` names the suite that they insist on; without one they speak plain RTP.

    Raises NotMeasured unless every call is answered.
    """
    words = ["--target", target, "--calls", str(calls), "--first-port", str(first_port)]
    words += ["--srtp", srtp] if srtp else []
    process = _start(
        ["hold", *words, "--rate", str(HOLD_RATE), "--listen", str(listen), "--flows", str(flows)]
    )
    try:
        assert process.stdout is not None
        report = _report(process.stdout.readline(), process)
        if report.answered < calls:
            raise NotMeasured(f"{calls - report.answered} of {calls} calls to {target}: {report.failures}")
        yield report
    finally:
        process.communicate()


def _start(words: Sequence[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.phone", *words]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _report(line: str, process: subprocess.Popen[str]) -> Calls:
    if not line.strip():
        raise NotMeasured(f"the calling program failed, exit status {process.wait()} (its lines are above)")
    return Calls(**json.loads(line))
