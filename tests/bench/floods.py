"""A server under attack while one caller hears music: does the caller notice, is memory given back, is it there after?

python -m tests.bench.floods --seconds 5
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench import phones, rtp
from tests.bench.flood import message
from tests.bench.ports import ADDRESS, free_block, free_port
from tests.bench.rtp import ROOT, Flow, NotMeasured
from tests.bench.server import Number, Server, serving
from tests.bench.table import machine
from tests.bench.watch import Watch, watching
from tests.component.transport.certificates import Authority

PATIENCE_S = 2.0
REST_S = 2.0
"""After a flood, before memory and states are looked at."""
KINDS = ("register", "invite", "garbage", "half-open TLS", "slow-loris", "idle")
MUSIC = "9002"

_CONFIG = """
[tls]
certificate = "{certificate}"
key = "{key}"
[guard]
loopback_calls = false
strangers_options = true
public = ["{music}"]
never_ban = []
[metrics]
listen = "{address}:{metrics}"
[[account]]
name = "alice"
password = "wonder"
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """The server and where it listens. `metrics` is the port of its page."""

    server: Server
    tcp: int
    tls: int
    metrics: int
    flows: Path
    watch: Watch

    def states(self) -> int:
        """Transactions, dialogs and INVITEs that the SIP stack remembers."""
        page = urllib.request.urlopen(f"http://{ADDRESS}:{self.metrics}/metrics", timeout=10).read().decode()
        names = r"^voicecore_sip_(?:transactions\{[^}]*\}|dialogs|invites) ([0-9.e+]+)$"
        return sum(round(float(value)) for value in re.findall(names, page, re.MULTILINE))

    def port(self, kind: str) -> int:
        if kind == "half-open TLS":
            return self.tls
        return self.tcp if kind in ("slow-loris", "idle") else self.server.sip_port


@dataclass(frozen=True, slots=True)
class Suffered:
    """One flood. Memory in MB of 10^6 octets; answers in milliseconds, None: there was none."""

    kind: str
    sent: int
    before_mb: float
    during_mb: float
    after_mb: float
    flow: Flow
    states: int
    udp_ms: float | None
    tcp_ms: float | None


def main(
    seconds: Annotated[int, typer.Option(help="How long each flood lasts.", min=2, max=3600)] = 5,
    rate: Annotated[int, typer.Option(help="Datagrams a second.", min=1)] = 2000,
    only: Annotated[list[str] | None, typer.Option(help="Of these kinds only.")] = None,
) -> None:
    """Each kind of flood twice; the second time the memory must not have grown."""
    console, before = Console(), machine()
    kinds = tuple(only or KINDS)
    try:
        with watching(Console(stderr=True), 2 * len(kinds) * (seconds + REST_S + 2) + 20) as watch:
            found = measure(kinds, seconds, rate, watch)
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(2) from problem
    table = Table(
        "flood",
        "sent",
        "RSS before",
        "most",
        "after",
        "call's packets/s",
        "longest gap",
        "states left",
        "UDP",
        "TCP",
        box=None,
    )
    for one in found:
        table.add_row(
            one.kind,
            str(one.sent),
            *(f"{mb:.1f} MB" for mb in (one.before_mb, one.during_mb, one.after_mb)),
            f"{one.flow.packets_a_second:.2f}",
            f"{one.flow.max_gap_ms:.1f} ms",
            str(one.states),
            *("none" if ms is None else f"{ms:.0f} ms" for ms in (one.udp_ms, one.tcp_ms)),
        )
    console.print(table)
    console.print(f"before: {before}\nafter:  {machine()}")
    console.print("UDP, TCP: how long OPTIONS took right after the flood, from an address that took no part")


def measure(kinds: tuple[str, ...], seconds: int, rate: int, watch: Watch) -> list[Suffered]:
    """All floods, each of them twice in a row. Raises NotMeasured."""
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name:
        folder, first = Path(name), free_block(2)
        watch.title("compiling the load generator")
        rtp.build()
        certificate = Authority(folder / "authority").issue(ADDRESS)
        tcp, tls, metrics = free_port(), free_port(), free_port()
        more = _CONFIG.format(
            certificate=certificate.certificate,
            key=certificate.key,
            address=ADDRESS,
            metrics=metrics,
            music=MUSIC,
        )
        listen = [f"tcp://{ADDRESS}:{tcp}", f"tls://{ADDRESS}:{tls}"]
        music = Number(MUSIC, "ivr_apps.diagnostics:music")
        watch.title("starting the server")
        with serving(folder, [music], 10, [range(first, first + 2)], listen=listen, more=more) as server:
            ground = Ground(server, tcp, tls, metrics, folder / "music.flows", watch)
            with phones.holding(server.uri(MUSIC), ground.flows, calls=1, first_port=first):
                watch.pause(1.0)
                suffered = []
                for kind in kinds:
                    for _ in range(2):
                        watch.title(kind)
                        suffered.append(_flood(ground, kind, seconds, rate))
                return suffered


def _flood(ground: Ground, kind: str, seconds: int, rate: int) -> Suffered:
    meter = ground.server.meter
    before, most = meter.resident_mb(), 0.0
    words = [sys.executable, "-m", "tests.bench.flood", kind, "--port", str(ground.port(kind))]
    words += ["--seconds", str(seconds), "--rate", str(rate)]

    def wait(load: subprocess.Popen[str]) -> str:
        nonlocal most
        while load.poll() is None:
            most = max(most, meter.resident_mb())
            ground.watch.pause(0.25)
        return load.communicate()[0]

    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as attacker:
        flows = rtp.send(ground.flows, seconds + 1, wait).flows
        sent = ground.watch.wait(attacker)
    if attacker.returncode or not sent.strip():
        raise NotMeasured("the attacker failed (its lines are above)")
    udp_ms, tcp_ms = _answer_ms(lambda: _by_udp(ground)), _answer_ms(lambda: _by_tcp(ground))
    ground.watch.pause(REST_S)
    return Suffered(
        kind, int(sent), before, most, meter.resident_mb(), flows[0], ground.states(), udp_ms, tcp_ms
    )


def _answer_ms(ask: Callable[[], bytes]) -> float | None:
    began = time.monotonic()
    try:
        answered = ask()
    except OSError:
        return None
    return (time.monotonic() - began) * 1e3 if answered.startswith(b"SIP/2.0 200") else None


def _by_udp(ground: Ground) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(PATIENCE_S)
        one.connect((ADDRESS, ground.server.sip_port))
        one.send(message("OPTIONS", time.monotonic_ns(), ADDRESS))
        return one.recv(65536)


def _by_tcp(ground: Ground) -> bytes:
    with socket.create_connection((ADDRESS, ground.tcp), PATIENCE_S) as one:
        one.sendall(message("OPTIONS", time.monotonic_ns(), ADDRESS).replace(b"/UDP", b"/TCP"))
        return one.recv(65536)


if __name__ == "__main__":
    typer.run(main)
