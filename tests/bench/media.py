"""Legs with RTP: a prompt, a bridge, a recorded bridge; ticks and memory meanwhile."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import phones, rtp
from tests.bench.ports import free_block
from tests.bench.process import CpuTime
from tests.bench.rtp import Load, NotMeasured
from tests.bench.server import Number, Server
from tests.bench.watch import Watch

ROOMS = (10, 50, 500)
"""Members of the conferences that are measured."""

SETTLE_S = 1.0
"""From the last answer to the load, so that no call set-up is measured."""

PASSING_S = 4
"""Until packets of two legs without a pause in what they say pass as they come: at first they are mixed."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """The engine's lateness over one window, in milliseconds."""

    count: int
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One load, and what the server paid for `part` of it."""

    load: Load
    cpu: CpuTime
    ticks: Ticks
    resident_mb: float
    part: float = 1.0

    @property
    def us_a_pair(self) -> float:
        return self.cpu.total * 1e6 / (self.load.pairs * self.part)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything is measured. `callee_port` is where bridged calls are answered, `rtp_block` our RTP ports."""

    server: Server
    watch: Watch
    callee_port: int
    rtp_block: range

    @property
    def folder(self) -> Path:
        return self.server.folder


def numbers(folder: Path, callee_port: int) -> list[Number]:
    """What the server answers."""
    target = f'{{ target = "sip:peer@127.0.0.1:{callee_port}" }}'
    return [
        Number("9000", "ivr_apps.diagnostics:answer_and_hang_up"),
        Number("9002", "ivr_apps.diagnostics:music"),
        Number("9200", "ivr_apps.diagnostics:bridge", target),
        Number("9201", "tests.bench.flows:recorded_bridge", target),
        *(
            Number(f"93{index}", "tests.bench.flows:conference", f"{{ size = {size} }}")
            for index, size in enumerate(ROOMS, 10)
        ),
        Number("9900", "tests.bench.flows:engine_load", f'{{ file = "{folder}/load.json" }}'),
        Number("9901", "tests.bench.flows:busy_python"),
    ]


def prompt(ground: Ground, legs: int, seconds: int) -> Measured:
    """Every leg hears music on hold and sends."""
    with _calls(ground, "9002", legs) as flows:
        return _measure(ground, flows, seconds)


def prompt_over_srtp(ground: Ground, legs: int, seconds: int, suite: str) -> Measured:
    """The same prompt to phones that insist on SRTP."""
    with _calls(ground, "9002", legs, srtp=suite) as flows:
        return _measure(ground, flows, seconds)


def bridge(ground: Ground, pairs: int, seconds: int, *, recorded: bool) -> Measured:
    """Each caller is bridged to a phone of ours; both send and receive. Unless recorded, packets pass when measured."""
    with _calls(ground, "9201" if recorded else "9200", pairs) as flows:
        return _measure(ground, flows, seconds, lead=0 if recorded else PASSING_S)


def conference(ground: Ground, size: int, legs: int, seconds: int) -> Measured:
    """All talk, in as many conferences of that size as the legs fill; what is left over talks in one more."""
    with _calls(ground, f"93{ROOMS.index(size) + 10}", legs) as flows:
        return _measure(ground, flows, seconds)


def prompt_beside_busy_python(ground: Ground, legs: int, seconds: int) -> Measured:
    """The same prompt while a flow keeps the event loop's thread at work."""
    with _calls(ground, "9002", legs) as flows:
        unused = ground.folder / "busy.flows"
        spinning = phones.holding(
            ground.server.uri("9901"), unused, calls=1, first_port=free_block(2, taken=[ground.rtp_block])
        )
        with spinning:
            return _measure(ground, flows, seconds)


@contextmanager
def _calls(ground: Ground, number: str, calls: int, *, srtp: str = "") -> Iterator[Path]:
    flows = ground.folder / f"{number}.flows"
    with phones.holding(
        ground.server.uri(number),
        flows,
        calls=calls,
        first_port=ground.rtp_block.start,
        listen=ground.callee_port,
        srtp=srtp,
    ):
        ground.watch.pause(SETTLE_S)
        yield flows


def _measure(ground: Ground, flows: Path, seconds: int, *, lead: int = 0) -> Measured:
    """`lead`: so many seconds of the same load go before."""
    meter = ground.server.meter
    _ticks(ground)  # begins the window
    before = meter.cpu()

    def wait(process: subprocess.Popen[str]) -> str:
        nonlocal before
        if lead:
            ground.watch.pause(lead)
            before = meter.cpu()
        return ground.watch.wait(process)

    load = rtp.send(flows, lead + seconds, wait)
    cpu = meter.cpu() - before
    if not load.pairs:
        raise NotMeasured("no packet was sent")
    return Measured(load, cpu, _ticks(ground), meter.resident_mb(), seconds / (lead + seconds))


@contextmanager
def ticks_told(server: Server) -> Iterator[None]:
    """Inside the block the engine's lateness can be asked for; nothing of `prompt` and `bridge` works outside."""
    unused = server.folder / "ticks.flows"
    with phones.holding(server.uri("9900"), unused, calls=1, first_port=free_block(2, taken=[server.rtp])):
        yield


def _ticks(ground: Ground) -> Ticks:
    file = ground.folder / "load.json"
    file.write_text("", encoding="utf-8")
    for _ in range(50):
        ground.watch.pause(0.1)
        if text := file.read_text(encoding="utf-8"):
            report = json.loads(text)
            return Ticks(report["ticks"], report["tick_late_p99_ms"], report["tick_late_max_ms"])
    raise NotMeasured("the engine does not tell its load")
