"""The load generator and the floor of `media/src/bin`, as processes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import timer
from tests.bench.ports import ADDRESS, free_block
from tests.bench.timer import Lateness
from tools import toolchain

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "media" / "target" / "release"

Wait = Callable[[subprocess.Popen[str]], str]
"""Returns what a process wrote to its standard output, once it ended."""


class NotMeasured(Exception):
    """Something that a figure needs did not work; says what."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One RTP flow as the generator saw it. Times in milliseconds, rates in packets a second."""

    remote: str
    sent: int
    received: int
    packets_a_second: float
    max_gap_ms: float
    p99_gap_ms: float
    late_sends: int


@dataclass(frozen=True, slots=True)
class Load:
    """All flows of one run. `cpu_seconds` and `max_late_ms` are the generator's own."""

    flows: tuple[Flow, ...]
    cpu_seconds: float
    max_late_ms: float

    @property
    def pairs(self) -> float:
        """Packets in and out of the peer, divided by two."""
        return sum(flow.sent + flow.received for flow in self.flows) / 2


def build() -> None:
    """Compiles both programs where they are not up to date."""
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--no-default-features", "--bins"]
    manifest = ["--manifest-path", str(ROOT / "media" / "Cargo.toml")]
    if subprocess.run([*command, *manifest], env=toolchain.environment(ROOT), check=False).returncode:
        raise NotMeasured("the load generator does not compile (lines above)")


def send(
    flows: Path, seconds: int, wait: Wait, *, codec: str = "PCMU", keys: str = "", wav: Path | None = None
) -> Load:
    """50 packets a second on every flow of the list, for so long; what they say is a tone or the file.

    `keys`: they press these, again and again.
    """
    words = ["--list", str(flows), "--seconds", str(seconds), "--codec", codec]
    if keys:
        words += ["--keys", keys]
    if wav is not None:
        words += ["--wav", str(wav)]
    with _start(["rtp_load", *words]) as process:
        text = wait(process)
    if process.returncode:
        raise NotMeasured("rtp_load failed (its lines are above)")
    report = json.loads(text)
    return Load(tuple(Flow(**flow) for flow in report["flows"]), report["cpu_seconds"], report["max_late_ms"])


def cipher(suite: str) -> float:
    """CPU microseconds to protect one packet and to unprotect another, by the crate alone."""
    ran = subprocess.run([PROGRAMS / "srtp_cost"], capture_output=True, text=True, check=False)
    for line in ran.stdout.splitlines():
        match line.split():
            case [name, protect, unprotect] if name == suite:
                return (float(protect) + float(unprotect)) / 1e3
    raise NotMeasured(f"srtp_cost knows no {suite}")


@dataclass(frozen=True, slots=True)
class Libopus:
    """CPU microseconds of one packet, by libopus alone."""

    encode_us: float
    decode_us: float


def libopus(legs: int, seconds: int, complexity: int, wav: Path) -> Libopus:
    """What the encoders and decoders of so many legs take, each due once in 20 ms, for the sound of a file."""
    words = [
        "--wav",
        str(wav),
        "--legs",
        str(legs),
        "--seconds",
        str(seconds),
        "--complexity",
        str(complexity),
    ]
    ran = subprocess.run([PROGRAMS / "opus_cost", *words], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise NotMeasured(f"opus_cost failed: {ran.stderr}")
    return Libopus(**json.loads(ran.stdout))


@dataclass(frozen=True, slots=True)
class Echo:
    """CPU microseconds of the bare echo for one packet in and out, and how late a bare timer was beside it."""

    us_a_pair: float
    timer: Lateness


def floor(legs: int, seconds: int, folder: Path, wait: Wait) -> Echo:
    """The bare echo under the same load."""
    first = free_block(2 * legs)
    flows = folder / "floor.flows"
    flows.write_text("".join(f"{ADDRESS}:{first + 2 * leg} 0\n" for leg in range(legs)))
    # It ends by itself, a little after the last packet; a waiting echo costs nothing.
    words = ["--first-port", str(first), "--legs", str(legs), "--seconds", str(seconds + 2)]
    with _start(["rtp_floor", *words], stderr=subprocess.PIPE) as echo:
        assert echo.stderr is not None
        echo.stderr.readline()
        with timer.start(seconds) as waking:
            send(flows, seconds, wait)
            late = timer.read(wait(waking))
        report = json.loads(wait(echo) or "{}")
    if not report.get("packets"):
        raise NotMeasured("the floor program echoed nothing")
    return Echo(float(report["cpu_us_a_pair"]), late)


def _start(words: Sequence[str], stderr: int | None = None) -> subprocess.Popen[str]:
    command = [str(PROGRAMS / words[0]), *words[1:]]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
