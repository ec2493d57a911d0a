"""`voicecore serve` on free loopback ports, with its own folder, as a child process."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ports import ADDRESS, free_block, free_port
from tests.bench.process import Meter
from tests.bench.rtp import ROOT, NotMeasured

START_PATIENCE_S = 120.0
"""The first start renders the prompts."""

_CONFIG = """
[sip]
listen = [{listen}]
[media]
address = "{address}"
ports = [{first}, {last}]
[store]
url = "sqlite:///{folder}/calls.db"
[recordings]
directory = "{folder}/recordings"
[music]
directory = "{folder}/music"
[prompts]
cache = "{root}/var/prompts"
directory = "{root}/prompts"
language = "en"
[log]
level = "warning"
"""


@dataclass(frozen=True, slots=True)
class Number:
    """A line of the number table. `args` is a TOML inline table."""

    match: str
    flow: str
    args: str = "{}"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. `rtp` are the ports of its media."""

    sip_port: int
    rtp: range
    meter: Meter
    folder: Path

    def uri(self, number: str) -> str:
        return f"sip:{number}@{ADDRESS}:{self.sip_port}"

    def records(self) -> int:
        """Calls whose record is complete in the database."""
        with sqlite3.connect(f"file:{self.folder}/calls.db?mode=ro", uri=True) as database:
            return int(database.execute('SELECT count(*) FROM calls WHERE "end" IS NOT NULL').fetchone()[0])


@contextmanager
def serving(
    folder: Path,
    numbers: list[Number],
    legs: int,
    taken: list[range],
    *,
    listen: Sequence[str] = (),
    more: str = "",
) -> Iterator[Server]:
    """A server with room for so many legs at once; ended by its own process id. Raises NotMeasured.

    `listen` are further lines of [sip] listen, `more` is the rest of its configuration.
    """
    count = 2 * legs + 200
    first = free_block(count, taken=taken)
    server_ports = range(first, first + count)
    # None of these is in use yet, so they may not be left to chance.
    sip = free_port(taken=[*taken, server_ports])
    config = folder / "bench.toml"
    lines = ", ".join(f'"{line}"' for line in (f"udp://{ADDRESS}:{sip}", *listen))
    text = _CONFIG.format(
        address=ADDRESS, listen=lines, first=first, last=server_ports[-1], folder=folder, root=ROOT
    )
    for number in numbers:
        text += f'[[number]]\nmatch = "{number.match}"\nflow = "{number.flow}"\nargs = {number.args}\n'
    config.write_text(text + more, encoding="utf-8")
    log = folder / "server.log"
    with log.open("w") as errors:
        words = [sys.executable, "-m", "voicecore", "serve", "--config", str(config)]
        process = subprocess.Popen(words, cwd=ROOT, stderr=errors)
    try:
        _wait_until_ready(process, log)
        yield Server(sip, server_ports, Meter(process.pid), folder)
        if process.poll() is not None:
            raise NotMeasured(f"the server ended by itself: {log.read_text()[-2000:]}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    clock = threading.Event()
    for _ in range(round(START_PATIENCE_S / 0.1)):
        clock.wait(0.1)
        if "ready: dial" in log.read_text():
            return
        if process.poll() is not None:
            break
    raise NotMeasured(f"the server does not start: {log.read_text()[-2000:]}")
