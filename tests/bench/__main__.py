"""`make bench`: measures a running server beside the floor measured in the same run, and prints one table."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.bench import bench_sip_parse, bench_sip_stack, media, rows, rtp, setting_up
from tests.bench.media import Ground, Measured
from tests.bench.ports import free_block, free_port
from tests.bench.rows import Floor
from tests.bench.rtp import ROOT, NotMeasured
from tests.bench.server import serving
from tests.bench.setting_up import SetUp
from tests.bench.table import Row, machine, not_measured, show
from tests.bench.watch import watching

QUICK_S, QUICK_LEGS = 3, 60
SRTP_SUITE = "AES_CM_128_HMAC_SHA1_80"
"""What nearly every phone speaks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. `forgetting`: also what calls cost until their transactions are forgotten."""

    legs: int
    seconds: int
    rate: int
    forgetting: bool
    rooms: tuple[int, ...] = media.ROOMS

    @property
    def most_legs(self) -> int:
        return max(self.legs, *self.rooms)

    @property
    def expected_s(self) -> float:
        count = 7 + len(self.rooms)
        loads, set_up = count * self.seconds + (count - 2) * 4, self.seconds + (35 if self.forgetting else 2)
        return 40 + loads + 5 * self.legs / 100 + set_up


class Run:
    """Collects rows; a figure that cannot be had becomes a row that says why."""

    def __init__(self, plan: Plan, ground: Ground) -> None:
        self.plan = plan
        self.ground = ground
        self.rows: list[Row] = []
        self.failed = False

    def try_to(self, title: str, measure: Callable[[], list[Row]]) -> None:
        self.ground.watch.title(title)
        try:
            self.rows += measure()
        except (NotMeasured, OSError, ValueError, AssertionError) as problem:
            self.failed = True
            self.rows.append(not_measured(title, "", str(problem)))

    def floor(self) -> float:
        self.ground.watch.title("floor")
        plan, ground = self.plan, self.ground
        return rtp.floor(plan.legs, plan.seconds, ground.folder, ground.watch.wait)

    def media_rows(self) -> list[Row]:
        """All that carries RTP, between two measurements of the floor."""
        plan, ground = self.plan, self.ground
        resident = ground.server.meter.resident_mb()
        first = self.floor()
        with media.ticks_told(ground.server):
            taken = {
                name: self._load(name, measure)
                for name, measure in (
                    ("prompt", lambda: media.prompt(ground, plan.legs, plan.seconds)),
                    (
                        "prompt over SRTP",
                        lambda: media.prompt_over_srtp(ground, plan.legs, plan.seconds, SRTP_SUITE),
                    ),
                    ("bridge", lambda: media.bridge(ground, plan.legs // 2, plan.seconds, recorded=False)),
                    (
                        "bridge, recorded",
                        lambda: media.bridge(ground, plan.legs // 2, plan.seconds, recorded=True),
                    ),
                    *((f"conference of {size}", self._conference(size)) for size in plan.rooms),
                    ("ticks", lambda: media.prompt_beside_busy_python(ground, plan.legs, plan.seconds)),
                )
            }
        floor = Floor(first, self.floor())
        emptied = ground.server.meter.resident_mb()
        found: list[Row] = []
        for name, measured in taken.items():
            match measured:
                case Measured() if name == "prompt over SRTP":
                    cipher = rtp.cipher(SRTP_SUITE)
                    found.append(rows.of_srtp(SRTP_SUITE, cipher, measured, floor, plan.seconds))
                case Measured():
                    found += rows.of_media(name, measured, floor, plan.seconds)
                case NotMeasured():
                    self.failed = True
                    found.append(not_measured(name, "", str(measured)))
        legs = taken["prompt"]
        if isinstance(legs, Measured):
            found.append(rows.of_memory(resident, legs, emptied))
        return found

    def _conference(self, size: int) -> Callable[[], Measured]:
        plan, ground = self.plan, self.ground
        return lambda: media.conference(ground, size, max(size, plan.legs), plan.seconds)

    def _load(self, name: str, measure: Callable[[], Measured]) -> Measured | NotMeasured:
        self.ground.watch.title(name)
        try:
            return measure()
        except NotMeasured as problem:
            return problem

    def set_up_rows(self) -> list[Row]:
        plan, ground = self.plan, self.ground
        stack = bench_sip_stack.measure()
        set_up: SetUp = setting_up.set_up(
            ground.server, ground.watch, rate=plan.rate, seconds=plan.seconds, forgetting=plan.forgetting
        )
        return [rows.of_set_up(set_up, plan.rate, plan.seconds, stack), *rows.of_stack(stack)]


def measure(plan: Plan, console: Console) -> Run:
    """Everything, one after the other, with one server."""
    var = ROOT / "var"
    var.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=var) as name,
        watching(console, plan.expected_s) as watch,
    ):
        folder = Path(name)
        watch.title("compiling the load generator")
        rtp.build()
        callee, first = free_port(), free_block(4 * plan.most_legs)
        block = range(first, first + 4 * plan.most_legs)
        watch.title("starting the server")
        with serving(folder, media.numbers(folder, callee), plan.most_legs + 2, [block]) as server:
            run = Run(plan, Ground(server, watch, callee, block))
            run.try_to("media", run.media_rows)
            run.try_to("set-up", run.set_up_rows)
            run.try_to("parser", lambda: rows.of_parser(bench_sip_parse.measure()))
    return run


def main(
    quick: Annotated[bool, typer.Option(help="Short loads: a look, not a measurement.")] = False,
    seconds: Annotated[int, typer.Option(help="How long each load lasts.", min=2, max=600)] = 10,
    calls: Annotated[int, typer.Option(help="Legs with RTP at once.", min=2, max=2000)] = 200,
    rate: Annotated[int, typer.Option(help="Calls a second that are set up.", min=1, max=2000)] = 100,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows to this file too.")] = None,
) -> None:
    """Measure set-up, prompt, bridge and recording beside the floor. Exit status 1: a figure is missing."""
    plan = Plan(calls, seconds, rate, forgetting=True)
    if quick:
        plan = Plan(
            min(calls, QUICK_LEGS), min(seconds, QUICK_S), rate, forgetting=False, rooms=media.ROOMS[:2]
        )
    console, before = Console(width=None if sys.stdout.isatty() else 130), machine()
    try:
        run = measure(plan, Console(stderr=True))
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(1) from problem
    show(run.rows, before, console)
    if json_file is not None:
        report = {"before": before, "after": machine(), "rows": [row.as_json() for row in run.rows]}
        json_file.write_text(json.dumps(report, indent=1), encoding="utf-8")
    raise typer.Exit(1 if run.failed else 0)


if __name__ == "__main__":
    typer.run(main)
