"""`python -m tests.bench.rtpengine`: bridged legs of our engine beside rtpengine in user space and the bare echo.

Both carry the same packets of the same generator between the same number of legs: PCMU, 20 ms, once as it is, and once
with SRTP on one side of each pair and plain RTP on the other. rtpengine is a separate program: apt-get install
rtpengine-daemon.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench import ng, rtp
from tests.bench.ports import ADDRESS, free_block, free_port
from tests.bench.process import Meter
from tests.bench.rtp import NotMeasured
from tests.bench.table import machine
from voicecore.media import _native

SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY_OCTETS = 30
PATIENCE_S = 10.0
SETTLING_S = 1.0
Set = Callable[[int, bool], list[str]]
"""Joins so many pairs, with SRTP on the first side of each or without, and returns the generator's lines."""


class Rtpengine:
    """Speaks to one rtpengine by its ng protocol. `taken` are the ports that it gives out."""

    def __init__(self, port: int, taken: range) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0.5)
        self._socket.connect((ADDRESS, port))
        self._asked = 0
        self._taken = taken

    def close(self) -> None:
        self._socket.close()

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                self.ask({"command": "ping"})
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise NotMeasured("rtpengine does not answer")

    def ask(self, question: dict[str, ng.Value]) -> dict[str, ng.Value]:
        # An answer to an earlier question, which was given up, has another number.
        self._asked += 1
        cookie, found = b"%d" % self._asked, b""
        self._socket.send(cookie + b" " + ng.encode(question))
        while found != cookie:
            found, _, text = self._socket.recv(65536).partition(b" ")
        answer = ng.decode(text)
        if not isinstance(answer, dict) or answer.get("result") not in ("ok", "pong"):
            raise NotMeasured(f"rtpengine: {answer}")
        return answer

    def pairs(self, legs: int, srtp: bool) -> list[str]:
        first, lines = free_block(2 * legs, taken=[self._taken]), []
        for number in range(0, legs, 2):
            lines += self._pair(f"{os.getpid()}-{first}-{number}", first + 2 * number, srtp)
        return lines

    def _pair(self, call: str, caller: int, srtp: bool) -> list[str]:
        callee, key = caller + 2, os.urandom(KEY_OCTETS)
        names: dict[str, ng.Value] = {"call-id": call, "from-tag": "caller", "ICE": "remove"}
        offer = _sdp(caller, key if srtp else None)
        to_callee = self.ask(names | {"command": "offer", "sdp": offer, "transport-protocol": "RTP/AVP"})
        answered: dict[str, ng.Value] = {"command": "answer", "to-tag": "callee", "sdp": _sdp(callee, None)}
        to_caller = self.ask(names | answered | {"transport-protocol": "RTP/SAVP" if srtp else "RTP/AVP"})
        line = f"{ADDRESS}:{_port(to_caller)} {caller}"
        if srtp:
            line += f" {SUITE} {key.hex()} {_key(to_caller).hex()}"
        return [f"{line}\n", f"{ADDRESS}:{_port(to_callee)} {callee}\n"]


def _sdp(port: int, key: bytes | None) -> str:
    lines = ["v=0", f"o=- 1 1 IN IP4 {ADDRESS}", "s=-", f"c=IN IP4 {ADDRESS}", "t=0 0"]
    lines.append(f"m=audio {port} RTP/{'AVP' if key is None else 'SAVP'} 0")
    if key is not None:
        lines.append(f"a=crypto:1 {SUITE} inline:{base64.b64encode(key).decode()}")
    return "".join(f"{line}\r\n" for line in [*lines, "a=sendrecv", "a=ptime:20"])


def _lines(answer: dict[str, ng.Value]) -> list[str]:
    return str(answer.get("sdp", "")).splitlines()


def _port(answer: dict[str, ng.Value]) -> int:
    for line in _lines(answer):
        if line.startswith("m=audio "):
            return int(line.split()[1])
    raise NotMeasured(f"rtpengine's SDP has no audio: {answer}")


def _key(answer: dict[str, ng.Value]) -> bytes:
    for line in _lines(answer):
        if line.startswith("a=crypto:") and SUITE in line.split():
            return base64.b64decode(line.partition("inline:")[2].split("|")[0].split()[0])
    raise NotMeasured(f"rtpengine's SDP has no key for {SUITE}: {answer}")


@contextmanager
def rtpengine(folder: Path, legs: int) -> Iterator[tuple[Meter, Set]]:
    if (program := shutil.which("rtpengine")) is None:
        raise NotMeasured("there is no rtpengine: apt-get install rtpengine-daemon")
    first = free_block(4 * legs)
    control = free_port(taken=[range(first, first + 4 * legs)])
    words = ["--config-file=none", "--foreground", "--table=-1", f"--interface={ADDRESS}", "--log-stderr"]
    words += [f"--listen-ng={ADDRESS}:{control}", f"--port-min={first}", f"--port-max={first + 4 * legs - 1}"]
    with (folder / "rtpengine.log").open("wb") as log:
        process = subprocess.Popen([program, *words, "--log-level=3"], cwd=folder, stdout=log, stderr=log)
    client = Rtpengine(control, range(first, first + 4 * legs))
    try:
        client.wait()
        yield Meter(process.pid), client.pairs
    finally:
        client.close()
        process.terminate()
        process.wait()


@contextmanager
def ours(folder: Path, legs: int) -> Iterator[tuple[Meter, Set]]:
    """The engine alone, without SIP, as rtpengine is."""
    first = free_block(2 * legs + 2)
    engine = _native.Engine(address=ADDRESS, first_port=first, last_port=first + 2 * legs + 1)

    def pairs(count: int, srtp: bool) -> list[str]:
        taken = range(first, first + 2 * legs + 2)
        callers, lines = free_block(2 * count, taken=[taken]), []
        for number in range(count):
            with_keys = srtp and number % 2 == 0
            lines.append(_open(engine, number + 1, callers + 2 * number, with_keys))
        for leg in range(1, count + 1):
            engine.hear(leg, [leg + 1 if leg % 2 else leg - 1])
        return lines

    try:
        yield Meter(os.getpid()), pairs
    finally:
        engine.close()


def _open(engine: _native.Engine, leg: int, remote_port: int, with_keys: bool) -> str:
    port, mine, theirs = engine.open_leg(leg), os.urandom(KEY_OCTETS), os.urandom(KEY_OCTETS)
    engine.configure_leg(
        leg,
        remote_address=ADDRESS,
        remote_port=remote_port,
        remote_rtcp_port=remote_port + 1,
        codec="PCMU",
        payload_type=0,
        packet_time_ms=20,
        receive_codecs=[(0, "PCMU")],
        opus=(24_000, 5, False, False, 48_000),
        telephone_event=None,
        cname="bench@voicecore",
        srtp=(SUITE, mine, theirs, b"") if with_keys else None,
        browser=None,
    )
    line = f"{ADDRESS}:{port} {remote_port}"
    return f"{line} {SUITE} {theirs.hex()} {mine.hex()}\n" if with_keys else f"{line}\n"


def wait(process: subprocess.Popen[str]) -> str:
    return process.communicate()[0]


def cost(meter: Meter, lines: list[str], seconds: int, folder: Path) -> tuple[float, str]:
    """CPU microseconds a packet pair, and what the generator saw."""
    flows = folder / "bridge.flows"
    flows.write_text("".join(lines), encoding="ascii")
    rtp.send(flows, 1, wait)
    time.sleep(SETTLING_S)
    before = meter.cpu()
    load = rtp.send(flows, seconds, wait)
    used = (meter.cpu() - before).total
    # Our legs are sent silence where the generator has ended, so one may receive more than the other sent.
    lost = sum(max(0, flow.sent - flow.received) for flow in load.flows) / sum(
        flow.sent for flow in load.flows
    )
    gap = max(flow.max_gap_ms for flow in load.flows)
    return used * 1e6 / load.pairs, f"{lost:.2%} not received, longest gap {gap:.0f} ms"


def main(
    legs: Annotated[int, typer.Option(help="Legs at once, two a call.", min=2, max=1000)] = 200,
    seconds: Annotated[int, typer.Option(help="How long each load lasts.", min=2, max=60)] = 5,
    rounds: Annotated[int, typer.Option(help="Times in turn.", min=1, max=20)] = 2,
) -> None:
    """Measure bridges beside rtpengine and the bare echo. Exit status 1: a figure is missing."""
    legs -= legs % 2
    console = Console(width=None if sys.stdout.isatty() else 110)
    table = Table(title=f"{legs} legs, PCMU; before: {machine()}", title_justify="left")
    for name in ("bridge", "CPU a packet pair", "beside the echo", "beside rtpengine", "stream"):
        table.add_column(name)
    try:
        with tempfile.TemporaryDirectory() as name:
            rtp.build()
            for _ in range(rounds):
                _round(table, legs, seconds, Path(name))
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(1) from problem
    console.print(table)


def _round(table: Table, legs: int, seconds: int, folder: Path) -> None:
    floor = rtp.floor(legs, seconds, folder, wait).us_a_pair
    table.add_row("bare echo", f"{floor:.1f} us")
    for srtp in (False, True):
        what, reference = "SRTP to RTP" if srtp else "RTP", 0.0
        for program, start in (("rtpengine", rtpengine), ("ours", ours)):
            with start(folder, legs) as (meter, pairs):
                us, stream = cost(meter, pairs(legs, srtp), seconds, folder)
            reference = reference or us
            beside = "" if program == "rtpengine" else f"{us / reference:.2f} x"
            table.add_row(f"{program}, {what}", f"{us:.1f} us", f"{us / floor:.2f} x", beside, stream)


if __name__ == "__main__":
    typer.run(main)
