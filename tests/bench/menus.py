"""Callers in menus, the server on one core: is every key understood, is the sound clean, and what does it cost?

python -m tests.bench.menus --calls 100 --seconds 30
python -m tests.bench.menus --calls 20 --seconds 30 --words
"""

from __future__ import annotations

import asyncio
import math
import os
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from tests.bench import phones, rtp
from tests.bench.barge_in import spoken, until_listening
from tests.bench.ports import free_block
from tests.bench.process import Meter, children
from tests.bench.rtp import ROOT, Load, NotMeasured
from tests.bench.server import Number, Server, serving
from tests.bench.table import machine
from tests.bench.watch import Watch, watching
from tests.interop.phones import sound

NUMBER = "9301"
KEYS = "123"
KEY_PERIOD_S = 2.8
"""A key and its gap, 0.3 s, and five pauses of half a second (rtp_load)."""
WORD, WORD_PERIOD_S = "support", 8.0
WORD_AT_S = 4.0
ANSWER_S = 3.0
UNDERSTOOD = 0.95
"""Of words: every key has to be, and not every word can."""
LONGEST_GAP_MS = 40.0
MEMORY_MB = 0.3
_WORDS = '[speech]\nrecognisers = ["whisper"]\n'


@dataclass(frozen=True, slots=True)
class Outcome:
    """CPU as a share of the core. Memory in MB: of the server, of it a call, and of its recogniser's processes."""

    load: Load
    given: int
    """Keys pressed, or words said."""
    understood: int
    cpu: float
    recognisers_cpu: float
    megabytes: float
    each_megabytes: float


def main(
    calls: Annotated[int, typer.Option(help="Callers at once.", min=1, max=1000)] = 100,
    seconds: Annotated[int, typer.Option(help="How long they stay.", min=10, max=600)] = 30,
    words: Annotated[bool, typer.Option("--words", help="They speak in place of pressing keys.")] = False,
) -> None:
    """Call a flow of menus so often at once, and press keys or say a word on every call."""
    console, before = Console(), machine()
    try:
        with watching(Console(stderr=True), calls / phones.HOLD_RATE + seconds + 20) as watch:
            found = measure(calls, seconds, watch, words=words)
    except NotMeasured as problem:
        console.print(f"[red]not measured: {problem}")
        raise typer.Exit(2) from problem
    flows = found.load.flows
    gaps = sorted(flow.max_gap_ms for flow in flows)
    clean = sum(gap <= LONGEST_GAP_MS for gap in gaps)
    rates = sorted(flow.packets_a_second for flow in flows)
    table = Table(show_header=False, box=None)
    table.add_row("words understood" if words else "keys understood", f"{found.understood} of {found.given}")
    table.add_row("packets a second, each call", f"{rates[0]:.2f} to {rates[-1]:.2f}")
    table.add_row("longest gap, median call and worst", f"{gaps[len(gaps) // 2]:.1f} ms, {gaps[-1]:.1f} ms")
    table.add_row(f"calls without a gap above {LONGEST_GAP_MS:.0f} ms", f"{clean} of {len(gaps)}")
    table.add_row("CPU of the server, of one core", f"{found.cpu:.0%}")
    if words:
        table.add_row("CPU of its recogniser's processes", f"{found.recognisers_cpu:.0%}")
    table.add_row(
        "memory of the server, of it a call", f"{found.megabytes:.0f} MB, {found.each_megabytes:.3f} MB"
    )
    table.add_row("the generator's own latest packet", f"{found.load.max_late_ms:.0f} ms late")
    console.print(table)
    console.print(f"{calls} calls, {seconds} s\nbefore: {before}\nafter:  {machine()}")
    if words:
        is_enough = found.understood >= UNDERSTOOD * found.given
    else:
        is_enough = found.understood == found.given and found.each_megabytes <= MEMORY_MB
    met = clean == len(gaps) == calls and is_enough
    console.print("[green]met" if met else "[red]missed")
    raise typer.Exit(0 if met else 1)


def measure(calls: int, seconds: int, watch: Watch, *, words: bool) -> Outcome:
    """The server has the first core for itself, callers and generator the rest. Raises NotMeasured."""
    ours = os.sched_getaffinity(0)
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name:
        folder, first = Path(name), free_block(2 * calls)
        watch.title("compiling the load generator")
        rtp.build()
        watch.title("starting the server")
        numbers = [Number(NUMBER, "tests.bench.flows:menus", f"{{ words = {str(words).lower()} }}")]
        taken = [range(first, first + 2 * calls)]
        os.sched_setaffinity(0, {min(ours)})  # what is started now inherits it
        try:
            with serving(folder, numbers, calls, taken, more=_WORDS if words else "") as server:
                os.sched_setaffinity(0, ours - {min(ours)} or ours)
                if words:
                    until_listening(server, watch)
                return _load(server, folder, first, calls, seconds, watch, words=words)
        finally:
            os.sched_setaffinity(0, ours)


def _load(
    server: Server, folder: Path, first: int, calls: int, seconds: int, watch: Watch, *, words: bool
) -> Outcome:
    flows = folder / "menus.flows"
    # A first call reads all that later ones share.
    with phones.holding(server.uri(NUMBER), flows, calls=1, first_port=first):
        watch.pause(1.0)
    empty = server.meter.resident_mb()
    watch.title(f"{calls} calls")
    with phones.holding(server.uri(NUMBER), flows, calls=calls, first_port=first):
        watch.pause(1.0)
        before = server.meter.cpu()
        beside = {pid: Meter(pid).cpu() for pid in children(server.meter.pid)}
        keys, wav = _given(folder, seconds, words=words)
        load = rtp.send(flows, seconds, watch.wait, keys=keys, wav=wav)
        cpu = (server.meter.cpu() - before).total
        stayed = beside.keys() & children(server.meter.pid)
        recognisers = sum((Meter(pid).cpu() - beside[pid]).total for pid in stayed)
        full = server.meter.resident_mb()
        watch.pause(ANSWER_S)  # for the last word
    watch.pause(2.0)
    given = _word_count(calls, seconds) if words else calls * _key_count(seconds)
    each = (full - empty) / calls
    return Outcome(load, given, _choices(folder), cpu / seconds, recognisers / seconds, full, each)


def _key_count(seconds: int) -> int:
    """So that the last is told before the callers go: some begin two seconds later."""
    return int((seconds - 3) / KEY_PERIOD_S)


def _word_count(calls: int, seconds: int) -> int:
    """Each caller begins at another place of the line, as `rtp_load` has it; a word is about a second long."""
    begins = (WORD_AT_S - number * WORD_PERIOD_S / calls for number in range(calls))
    return sum(math.floor((seconds - 1 - begin % WORD_PERIOD_S) / WORD_PERIOD_S) + 1 for begin in begins)


def _given(folder: Path, seconds: int, *, words: bool) -> tuple[str, Path | None]:
    """The keys that the callers press, or the file that they say."""
    if not words:
        pressed = (KEYS[number % len(KEYS)] + "wwwww" for number in range(_key_count(seconds)))
        return "".join(pressed), None
    said = asyncio.run(spoken(WORD))
    line = np.zeros(round(WORD_PERIOD_S * sound.RATE))
    line[round(WORD_AT_S * sound.RATE) :][: len(said)] = said
    sound.write_wav(folder / "says.wav", line)
    return "", folder / "says.wav"


def _choices(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder}/calls.db?mode=ro", uri=True) as database:
        query = "SELECT count(*) FROM events WHERE kind = 'choice' AND detail NOT LIKE 'none%'"
        return int(database.execute(query).fetchone()[0])


if __name__ == "__main__":
    typer.run(main)
