"""Many callers who talk and hear music: does every one get 50 packets a second, without a gap above 40 ms?

python -m tests.bench.music --calls 200 --seconds 60
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench import phones, rtp
from tests.bench.ports import free_block
from tests.bench.process import CpuTime
from tests.bench.rtp import ROOT, Load, NotMeasured
from tests.bench.server import Number, serving
from tests.bench.table import machine
from tests.bench.watch import Watch, watching

PACKETS_A_SECOND = 50.0
TOLERANCE = 0.1
"""Packets a second: the first and the last packet of a flow may each be some milliseconds early or late."""
LONGEST_GAP_MS = 40.0


def main(
    calls: Annotated[int, typer.Option(help="Calls at once.", min=1, max=2000)] = 200,
    seconds: Annotated[int, typer.Option(help="How long they last.", min=2, max=3600)] = 60,
    worst: Annotated[int, typer.Option(help="How many calls to list; 0: all.", min=0)] = 0,
) -> None:
    """Call 9002 so often at once, send on every call, and list the calls, the worst first."""
    console, before = Console(), machine()
    try:
        with watching(Console(stderr=True), calls / phones.HOLD_RATE + seconds + 10) as watch:
            load, cpu = measure(calls, seconds, watch)
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(2) from problem
    flows = sorted(load.flows, key=lambda flow: (-flow.max_gap_ms, flow.packets_a_second))
    table = Table("call's RTP", "sent", "received", "packets/s", "longest gap", "p99 gap", box=None)
    for flow in flows[: worst or None]:
        rate, longest, p99 = (
            f"{flow.packets_a_second:.2f}",
            f"{flow.max_gap_ms:.1f} ms",
            f"{flow.p99_gap_ms:.1f} ms",
        )
        table.add_row(flow.remote, str(flow.sent), str(flow.received), rate, longest, p99)
    console.print(table)
    rates = [abs(flow.packets_a_second - PACKETS_A_SECOND) <= TOLERANCE for flow in flows]
    gaps = [flow.max_gap_ms <= LONGEST_GAP_MS for flow in flows]
    late = sum(flow.late_sends for flow in flows) / sum(flow.sent for flow in flows)
    console.print(f"before: {before}\nafter:  {machine()}")
    console.print(
        f"the server took {cpu.total:.2f} s of CPU, {cpu.total * 1e6 / load.pairs:.1f} us a packet pair; the generator "
        f"{load.cpu_seconds:.2f} s, and sent {late:.0%} more than 2 ms late, at most {load.max_late_ms:.0f} ms"
    )
    console.print(f"50 packets/s (within {TOLERANCE}): {sum(rates)} of {len(rates)} calls")
    console.print(f"no gap above {LONGEST_GAP_MS:.0f} ms: {sum(gaps)} of {len(gaps)} calls")
    met = len(flows) == calls and all(rates) and all(gaps)
    console.print("[green]met" if met else "[red]missed")
    raise typer.Exit(0 if met else 1)


def measure(calls: int, seconds: int, watch: Watch) -> tuple[Load, CpuTime]:
    """The load as the callers saw it, and what the server paid. Raises NotMeasured."""
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name:
        folder, first = Path(name), free_block(2 * calls)
        watch.title("compiling the load generator")
        rtp.build()
        watch.title("starting the server")
        music = Number("9002", "ivr_apps.diagnostics:music")
        with serving(folder, [music], calls, [range(first, first + 2 * calls)]) as server:
            watch.title(f"{calls} calls")
            flows = folder / "music.flows"
            with phones.holding(server.uri("9002"), flows, calls=calls, first_port=first):
                watch.pause(1.0)
                before = server.meter.cpu()
                load = rtp.send(flows, seconds, watch.wait)
                return load, server.meter.cpu() - before


if __name__ == "__main__":
    typer.run(main)
