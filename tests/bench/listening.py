"""How speech sounds after a bad network: PESQ (ITU-T P.862) of what our jitter buffer plays.

    python -m tests.bench.listening [--speech FOLDER] [--samples N]

`media/src/bin/heard.rs` carries each sample over a network of virtual time, so that neither this machine nor its load
changes a figure. FOLDER holds WAV files of 8 kHz, 16-bit mono, such as those of Debian's asterisk-core-sounds-en-wav;
the goals are for such voices of people. Without one flite speaks, of which the codec alone leaves less than the goals.
"""

from __future__ import annotations

import argparse
import importlib
import random
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench.rtp import PROGRAMS, build
from tests.component.media import g711

RATE = 8000
SECONDS = 8
SENTENCES = (
    "The calls of this morning were answered within twenty seconds.",
    "Please hold the line while we look for somebody who can help you.",
    "Your parcel left our warehouse yesterday and should arrive on Thursday.",
    "Nobody had expected that the old bridge would carry so much weight.",
    "If you would like to hear these choices again, press the star key.",
)


@dataclass(frozen=True, slots=True)
class Network:
    """`loss` 0 to 1, `jitter` milliseconds, `drift` parts in a million."""

    loss: float = 0.0
    jitter: float = 0.0
    drift: float = 0.0
    goal: float | None = None

    def __str__(self) -> str:
        parts = [
            f"{self.loss:.0%} lost" if self.loss else "",
            f"jitter {self.jitter:g} ms" if self.jitter else "",
        ]
        drift = f"clock {self.drift:g} ppm fast" if self.drift else ""
        return ", ".join(filter(None, [*parts, drift])) or "nothing lost"


NETWORKS = (
    Network(goal=4.1),
    Network(jitter=30),
    Network(drift=200),
    Network(0.01, 5),
    Network(0.02, 5, goal=3.2),
    Network(0.05, 5),
)


def spoken() -> Iterator[g711.Samples]:
    """Each sentence by flite."""
    with tempfile.TemporaryDirectory() as folder:
        for number, sentence in enumerate(SENTENCES):
            file = Path(folder) / f"{number}.wav"
            subprocess.run(["flite", "-voice", "slt", "-t", sentence, "-o", file], check=True)
            samples, rate = soundfile.read(file, dtype="int16")
            yield np.asarray(soxr.resample(samples, rate, RATE), dtype=np.int16)


def recorded(folder: Path) -> list[g711.Samples]:
    """The files of a second and more."""
    found = [soundfile.read(file, dtype="int16") for file in sorted(folder.rglob("*.wav"))]
    return [samples for samples, rate in found if rate == RATE and samples.ndim == 1 and len(samples) >= RATE]


def samples_of(sources: Sequence[g711.Samples], count: int) -> list[g711.Samples]:
    """So many stretches of eight seconds, chosen by a seed."""
    chance = random.Random(1)
    made = []
    for _ in range(count):
        parts: list[g711.Samples] = []
        while sum(map(len, parts)) < SECONDS * RATE:
            parts.append(chance.choice(sources))
        made.append(np.concatenate(parts)[: SECONDS * RATE])
    return made


def heard(program: Path, samples: g711.Samples, network: Network, seed: int) -> g711.Samples:
    words = [str(program), str(network.loss), str(network.jitter), str(network.drift), str(seed)]
    done = subprocess.run(words, input=samples.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype=np.int16)


def score(said: g711.Samples, after: g711.Samples) -> float:
    """From 1 to 4.5, of two stretches that need not begin together."""
    pesq: Any = importlib.import_module("pesq")  # has no types
    return float(pesq.pesq(RATE, said, after, "nb"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--speech", type=Path, help="folder of WAV files of 8 kHz")
    parser.add_argument("--samples", type=int, default=12, help="stretches of eight seconds for each network")
    options = parser.parse_args()
    build()
    program = PROGRAMS / "heard"
    sources = recorded(options.speech) if options.speech else list(spoken())
    if not sources:
        parser.error(f"no WAV file of 8 kHz and a second or more in {options.speech}")
    stretches = samples_of(sources, options.samples)

    table = Table("network", "mean", "worst", "goal", "", title=f"PESQ of {options.samples} samples")
    coded = [score(one, g711.decode(b"".join(g711.packets(one)))) for one in stretches]
    table.add_row("the codec alone", f"{statistics.mean(coded):.2f}", f"{min(coded):.2f}", "", "")
    met = True
    for network in track(NETWORKS, "Listening", console=Console(stderr=True)):
        scores = [
            score(one, heard(program, one, network, seed)) for seed, one in enumerate(stretches, start=1)
        ]
        mean = statistics.mean(scores)
        wanted = network.goal if options.speech else None
        verdict = "" if wanted is None else "met" if mean >= wanted else "missed"
        met = met and verdict != "missed"
        goal = "" if wanted is None else f"{wanted:g}"
        table.add_row(str(network), f"{mean:.2f}", f"{min(scores):.2f}", goal, verdict)
    Console().print(table)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
