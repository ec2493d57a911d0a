"""`make bench`: measures a running server beside the floor measured in the same run, and prints one table."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.bench import bench_sip_parse, bench_sip_stack, media, rows, rtp, setting_up
from tests.bench.chart import drawn
from tests.bench.media import Ground, Measured
from tests.bench.ports import free_block, free_port
from tests.bench.rows import Floor
from tests.bench.rtp import ROOT, Echo, NotMeasured
from tests.bench.server import serving
from tests.bench.setting_up import SetUp
from tests.bench.table import Row, machine, not_measured, show
from tests.bench.watch import watching

QUICK_S, QUICK_LEGS = 3, 60
SRTP_SUITE = "AES_CM_128_HMAC_SHA1_80"
"""What nearly every phone speaks."""


class Part(StrEnum):
    """What can be measured alone."""

    PROMPT = "prompt"
    SRTP = "srtp"
    BRIDGE = "bridge"
    RECORDED = "recorded"
    CONFERENCE = "conference"
    TICKS = "ticks"
    SET_UP = "set-up"
    PARSER = "parser"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. `legs`: with RTP at once, one load after the other. `forgetting`: also what calls cost
    until their transactions are forgotten."""

    legs: tuple[int, ...]
    seconds: int
    rate: int
    forgetting: bool
    parts: frozenset[Part] = frozenset(Part)
    rooms: tuple[int, ...] = media.ROOMS

    @property
    def most_legs(self) -> int:
        rooms = self.rooms if Part.CONFERENCE in self.parts else ()
        return max((*self.legs, *rooms))

    def rooms_of(self, legs: int) -> tuple[int, ...]:
        """Those that so many legs fill; the largest number of legs has those as well that none fills."""
        return tuple(size for size in self.rooms if size <= legs or legs == max(self.legs))

    @property
    def expected_s(self) -> float:
        each = 2 * self.seconds + 6
        loads = sum((len(self.parts) + len(self.rooms_of(legs))) * (each + legs / 50) for legs in self.legs)
        return 40 + loads + self.seconds + (35 if self.forgetting else 2)


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

    def floor(self, legs: int) -> Echo:
        self.ground.watch.title(f"floor, {legs} legs")
        plan, ground = self.plan, self.ground
        return rtp.floor(legs, plan.seconds, ground.folder, ground.watch.wait)

    def media_rows(self, legs: int) -> list[Row]:
        """All that carries RTP, each load between two measurements of the floor."""
        ground = self.ground
        resident = ground.server.meter.resident_mb()
        found: list[Row] = []
        prompt: Measured | None = None
        with media.ticks_told(ground.server):
            before = self.floor(legs)
            for name, measure in self._loads(legs).items():
                measured = self._load(name, measure)
                after = self.floor(legs)
                found += self._rows(name, measured, Floor(before, after))
                before = after
                if name == "prompt" and isinstance(measured, Measured):
                    prompt = measured
        if prompt is not None and legs == self.plan.legs[0]:
            found.append(rows.of_memory(resident, prompt, ground.server.meter.resident_mb()))
        return found

    def _loads(self, legs: int) -> dict[str, Callable[[], Measured]]:
        ground, seconds = self.ground, self.plan.seconds
        loads: dict[Part, dict[str, Callable[[], Measured]]] = {
            Part.PROMPT: {"prompt": lambda: media.prompt(ground, legs, seconds)},
            Part.SRTP: {
                "prompt over SRTP": lambda: media.prompt_over_srtp(ground, legs, seconds, SRTP_SUITE)
            },
            Part.BRIDGE: {"bridge": lambda: media.bridge(ground, legs // 2, seconds, recorded=False)},
            Part.RECORDED: {
                "bridge, recorded": lambda: media.bridge(ground, legs // 2, seconds, recorded=True)
            },
            Part.CONFERENCE: {
                f"conference of {size}": self._conference(size, legs) for size in self.plan.rooms_of(legs)
            },
            Part.TICKS: {"ticks": lambda: media.prompt_beside_busy_python(ground, legs, seconds)},
        }
        wanted = (of_part for part, of_part in loads.items() if part in self.plan.parts)
        return {name: measure for of_part in wanted for name, measure in of_part.items()}

    def _conference(self, size: int, legs: int) -> Callable[[], Measured]:
        return lambda: media.conference(self.ground, size, max(size, legs), self.plan.seconds)

    def _load(self, name: str, measure: Callable[[], Measured]) -> Measured | NotMeasured:
        self.ground.watch.title(name)
        try:
            return measure()
        except NotMeasured as problem:
            return problem

    def _rows(self, name: str, measured: Measured | NotMeasured, floor: Floor) -> list[Row]:
        match measured:
            case Measured() if name == "prompt over SRTP":
                cipher = rtp.cipher(SRTP_SUITE)
                return [rows.of_srtp(SRTP_SUITE, cipher, measured, floor, self.plan.seconds)]
            case Measured():
                return rows.of_media(name, measured, floor, self.plan.seconds)
            case NotMeasured():
                self.failed = True
                return [not_measured(name, "", str(measured))]

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
        first = free_block(4 * plan.most_legs)
        block = range(first, first + 4 * plan.most_legs)
        callee = free_port(taken=[block])
        watch.title("starting the server")
        with serving(
            folder, media.numbers(folder, callee), plan.most_legs + 2, [block, range(callee, callee + 1)]
        ) as server:
            run = Run(plan, Ground(server, watch, callee, block))
            if plan.parts - {Part.SET_UP, Part.PARSER}:
                for legs in plan.legs:
                    run.try_to(f"media, {legs} legs", partial(run.media_rows, legs))
            if Part.SET_UP in plan.parts:
                run.try_to("set-up", run.set_up_rows)
            if Part.PARSER in plan.parts:
                run.try_to("parser", lambda: rows.of_parser(bench_sip_parse.measure()))
    return run


def main(
    quick: Annotated[bool, typer.Option(help="Short loads: a look, not a measurement.")] = False,
    seconds: Annotated[int, typer.Option(help="How long each load lasts.", min=2, max=600)] = 10,
    calls: Annotated[
        list[int] | None,
        typer.Option(help="Legs with RTP at once; said again: another load. 200.", min=2, max=2000),
    ] = None,
    only: Annotated[list[Part] | None, typer.Option(help="Measure this alone; said again: that too.")] = None,
    rate: Annotated[int, typer.Option(help="Calls a second that are set up.", min=1, max=2000)] = 100,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows to this file too.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw costs beside their goals into this file, SVG.")
    ] = None,
) -> None:
    """Measure set-up, prompt, bridge and recording beside the floor. Exit status 1: a figure is missing."""
    legs, parts = tuple(calls or (200,)), frozenset(only or Part)
    plan = Plan(legs, seconds, rate, forgetting=True, parts=parts)
    if quick:
        few = tuple(min(count, QUICK_LEGS) for count in legs)
        plan = Plan(few, min(seconds, QUICK_S), rate, forgetting=False, parts=parts, rooms=media.ROOMS[:2])
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
    if plot is not None:
        plot.write_text(drawn(run.rows, before), encoding="utf-8")
    raise typer.Exit(1 if run.failed else 0)


if __name__ == "__main__":
    typer.run(main)
