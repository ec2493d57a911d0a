"""`voicecore` commands and a server, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 60.0


def run(folder: Path, *words: str) -> str:
    """What a command prints; it has to succeed."""
    command = [sys.executable, "-m", "voicecore", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(folder: Path, *, dies: bool = False) -> Iterator[Path]:
    """The file that the server's output goes to. `dies`: it is killed at the end, as by a crash."""
    output = folder / "server.log"
    command = [sys.executable, "-m", "voicecore", "serve", "--config", "voicecore.toml"]
    with output.open("w") as file:
        server = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
        try:
            wait_for("ready:", output)
            yield output
        finally:
            server.kill() if dies else server.terminate()
            server.wait(30)


def wait_for(words: str, output: Path) -> None:
    """Returns when the output holds the words."""
    end = time.monotonic() + PATIENCE_S
    while words not in output.read_text():
        assert time.monotonic() < end, output.read_text()
        time.sleep(0.05)
