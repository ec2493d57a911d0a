"""`python -m tests.bench.recognition`: how well and how cheaply callers are understood, as one table."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench.recognition import spoken
from tests.bench.recognition.line import over_the_phone
from tests.bench.recognition.score import interval, percentile, wrong_words
from tests.bench.recognition.sounds import NoSounds, sounds
from voicecore.errors import Unavailable
from voicecore.speech.recognition.engines.engine import Engine
from voicecore.speech.recognition.frame import Heard
from voicecore.speech.recognition.grammar import Choices, Free, Grammar, Way
from voicecore.speech.recognition.matching import match
from voicecore.speech.recognition.search import search_of
from voicecore.speech.recognition.worker import ENGINES

ROOT = Path(__file__).resolve().parents[3]
GRAMMARS: Mapping[str, Mapping[str, str]] = {
    "digits": spoken.DIGITS,
    "days and months": spoken.DAYS_AND_MONTHS,
    "alphabet": spoken.ALPHABET,
    "menu words": spoken.MENU,
}


@dataclass
class Run:
    """One engine on one line."""

    engine: Engine
    folder: Path
    noise_db: float | None
    cpu_ms: list[float] = field(default_factory=list)

    def hear(self, name: str, grammar: Grammar) -> Heard:
        utterance = self.engine.begin(search_of(grammar, "en"), "en")
        utterance.hear(over_the_phone(self.folder / f"{name}.wav", noise_db=self.noise_db))
        began = time.process_time()
        heard = utterance.end()
        self.cpu_ms.append((time.process_time() - began) * 1000)
        return heard

    def chosen(self, name: str, grammar: Grammar) -> str | None:
        found = match(grammar, self.hear(name, grammar).text, "en")
        return None if found is None else found.meaning


def of_words(said: Mapping[str, str]) -> Grammar:
    return Grammar(Choices(tuple(Way(word, (word,)) for word in sorted(set(said.values())))))


def row(table: Table, run: Run, what: str, n: str, result: str) -> None:
    cpu = run.cpu_ms
    table.add_row(what, n, result, f"{sum(cpu) / len(cpu):.0f}", f"{percentile(cpu, 0.95):.0f}")
    run.cpu_ms = []


def percent(right: int, of: int) -> str:
    low, high = interval(right, of)
    return f"{100 * right / of:.1f} % (95 %: {100 * low:.0f} to {100 * high:.0f})"


def grammars(table: Table, run: Run) -> None:
    all_right = total = 0
    times: list[float] = []
    for what, said in GRAMMARS.items():
        grammar = of_words(said)
        right = sum(run.chosen(name, grammar) == word for name, word in said.items())
        all_right, total, times = all_right + right, total + len(said), [*times, *run.cpu_ms]
        row(
            table,
            run,
            f"{what}, a grammar of {len(set(said.values()))}",
            str(len(said)),
            percent(right, len(said)),
        )
    run.cpu_ms = times
    row(table, run, "all grammars: right", str(total), percent(all_right, total))


def others(table: Table, run: Run) -> None:
    grammar = of_words(spoken.MENU)
    accepted = sum(run.chosen(name, grammar) is not None for name in spoken.NOT_IN_MENU)
    total = len(spoken.NOT_IN_MENU)
    row(table, run, "words not in the menu: taken", str(total), percent(accepted, total))


def sentences(table: Table, run: Run) -> None:
    wrong = total = 0
    for name, said in spoken.SENTENCES.items():
        mistakes, words = wrong_words(said, run.hear(name, Grammar(Free())).text)
        wrong, total = wrong + mistakes, total + words
    row(
        table,
        run,
        f"free speech: wrong of {total} words",
        str(len(spoken.SENTENCES)),
        f"{100 * wrong / total:.1f} %",
    )


def measure(name: str, engine: Engine, folder: Path, noise_db: float | None) -> Table:
    line = "G.711 mu-law, 300 to 3400 Hz" + ("" if noise_db is None else f", pink noise at {noise_db:g} dB")
    table = Table("what", "files", "result", "CPU ms", "p95", title=f"{name}: {line}", title_justify="left")
    run = Run(engine, folder, noise_db)
    grammars(table, run)
    others(table, run)
    try:
        sentences(table, run)
    except Unavailable as problem:
        table.add_row("free speech", "", str(problem), "", "")
    return table


def main(
    engine: Annotated[list[str] | None, typer.Option(help="whisper, pocketsphinx.")] = None,
    noise: Annotated[list[float] | None, typer.Option(help="Also with pink noise at so many dB.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the recorded words are, or are put.")] = ROOT
    / "var/sounds",
) -> None:
    console = Console(width=110)
    try:
        recorded = sounds(folder)
    except NoSounds as problem:
        console.print(f"the recorded words cannot be had: {problem}")
        raise typer.Exit(1) from None
    console.print(f"load average {os.getloadavg()[0]:.2f}; CPU is process time of one thread")
    for name in engine or ["whisper", "pocketsphinx"]:
        made = ENGINES[name]("")
        for noise_db in [None, *(noise or [])]:
            console.print(measure(name, made, recorded, noise_db))


if __name__ == "__main__":
    typer.run(main)
