"""Answered calls at a fixed rate from SIPp, the server on one core: does it keep up, and what does a call cost?

    python -m tests.bench.rate --rate 500 --seconds 10

Each call is INVITE, 200, ACK, and a BYE of the server, with media allocated and the record written. The server runs
the compiled build where `make fast` made a current one.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench.ports import ADDRESS, free_port
from tests.bench.process import CpuTime
from tests.bench.rtp import ROOT, NotMeasured
from tests.bench.server import Number, Server, serving
from tests.bench.setting_up import FORGETTING_S, RECORDS_S
from tests.bench.table import machine
from tests.bench.watch import Watch, watching
from voicecore import compiled

NUMBER = "9000"
SCENARIO = Path(__file__).with_name("scenarios") / "answered.xml"
WARM_UP = 200
"""Calls before the first that counts: they fill what is remembered."""
LINGER_S = 3
"""How long the ports of a call are taken at most, where all goes well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`cpu` is until the records are written, `forgetting` that of the half minute after. Times in milliseconds."""

    calls: int
    failed: int
    retransmissions: int
    records: int
    cpu: CpuTime
    forgetting: CpuTime
    answered_after: list[float]

    @property
    def is_clean(self) -> bool:
        return self.failed == self.retransmissions == 0 and self.records == self.calls

    def answered_within(self, share: float) -> float:
        """How soon that share of the calls was answered."""
        ordered = sorted(self.answered_after)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def main(
    rate: Annotated[int, typer.Option(help="Calls a second.", min=1, max=5000)] = 500,
    seconds: Annotated[int, typer.Option(help="For how long.", min=1, max=3600)] = 10,
) -> None:
    """Offer calls at a fixed rate to a server that has one core for itself."""
    console, before = Console(), machine()
    try:
        with watching(Console(stderr=True), seconds + FORGETTING_S + 15) as watch:
            found = measure(rate, seconds, watch)
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(2) from problem
    table = Table(show_header=False, box=None)
    table.add_row("build", compiled.look().standing.value)
    table.add_row("calls, failed, records", f"{found.calls}, {found.failed}, {found.records}")
    table.add_row("messages sent again by the caller", str(found.retransmissions))
    table.add_row("CPU of the server a call", f"{_ms(found.cpu.total, found)} ms")
    table.add_row("of it the event loop's thread", f"{_ms(found.cpu.loop, found)} ms")
    table.add_row("and half a minute later, to forget it", f"{_ms(found.forgetting.total, found)} ms")
    table.add_row("CPU of the server, of one core", f"{found.cpu.total / seconds:.0%}")
    within = ", ".join(f"{found.answered_within(share):.1f} ms" for share in (0.5, 0.95, 0.99, 1.0))
    table.add_row("answered after, p50, p95, p99, all", within)
    console.print(table)
    console.print(f"{rate} calls a second, {seconds} s\nbefore: {before}\nafter:  {machine()}")
    console.print("[green]clean" if found.is_clean else "[red]not clean")
    raise typer.Exit(0 if found.is_clean else 1)


def measure(rate: int, seconds: int, watch: Watch) -> Outcome:
    """The server has the first core for itself, SIPp the rest. Raises NotMeasured."""
    if shutil.which("sipp") is None:
        raise NotMeasured("there is no SIPp: apt-get install sip-tester")
    ours = os.sched_getaffinity(0)
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name:
        folder = Path(name)
        watch.title("starting the server")
        numbers = [Number(NUMBER, "ivr_apps.diagnostics:answer_and_hang_up")]
        os.sched_setaffinity(0, {min(ours)})  # what is started now inherits it
        try:
            with serving(folder, numbers, min(LINGER_S * rate, 10_000), []) as server:
                os.sched_setaffinity(0, ours - {min(ours)} or ours)
                return _offer(server, folder, rate, seconds, watch)
        finally:
            os.sched_setaffinity(0, ours)


def _offer(server: Server, folder: Path, rate: int, seconds: int, watch: Watch) -> Outcome:
    watch.title("warming up")
    _sipp(server, folder, WARM_UP, min(rate, WARM_UP), watch)
    watch.pause(RECORDS_S)
    watch.title(f"{rate} calls a second")
    records, before = server.records(), server.meter.cpu()
    counted = _sipp(server, folder, rate * seconds, rate, watch)
    watch.pause(RECORDS_S)
    written = server.meter.cpu()
    watch.title("transactions are forgotten")
    watch.pause(FORGETTING_S)
    return Outcome(
        rate * seconds,
        rate * seconds - int(counted["SuccessfulCall(C)"]),
        int(counted["Retransmissions(C)"]),
        server.records() - records,
        written - before,
        server.meter.cpu() - written,
        _answer_times(folder),
    )


def _sipp(server: Server, folder: Path, calls: int, rate: int, watch: Watch) -> dict[str, str]:
    """The last line of SIPp's statistics, by its columns."""
    for old in (*folder.glob("*.rtt.csv"), *folder.glob("*_rtt.csv"), folder / "stat.csv"):
        old.unlink(missing_ok=True)
    words = [
        "sipp",
        "-sf",
        str(SCENARIO),
        "-s",
        NUMBER,
        "-i",
        ADDRESS,
        "-p",
        str(free_port()),
        "-m",
        str(calls),
    ]
    words += ["-r", str(rate), "-l", str(LINGER_S * rate + 10), "-nostdin", "-buff_size", "4000000"]
    words += ["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_rtt", "-rtt_freq", "1"]
    words += ["-timeout_error", f"{ADDRESS}:{server.sip_port}"]
    with (folder / "sipp.log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, text=True)
        watch.wait(process)
    lines = (folder / "stat.csv").read_text().splitlines()
    if len(lines) < 2:
        raise NotMeasured(f"SIPp: {(folder / 'sipp.log').read_text()[-500:]}")
    return dict(zip(*csv.reader([lines[0], lines[-1]], delimiter=";"), strict=False))


def _answer_times(folder: Path) -> list[float]:
    files = folder.glob("*_rtt.csv")
    return [float(line.split(";")[1]) for file in files for line in file.read_text().splitlines()[1:] if line]


def _ms(seconds: float, found: Outcome) -> str:
    return f"{seconds * 1e3 / found.calls:.2f}"


if __name__ == "__main__":
    typer.run(main)
