"""Every test: the crate's, the page's and pytest's, in lanes that run side by side.

First comes all that only computes. Then one lane talks to phones that are not ours, browsers among them, and mostly
waits for them, and another keeps real time with sockets of our own: what is heard has gaps where the processors have
more to do beside. Each line is shown as it comes, behind the name of its run; what pytest reports of failures comes in
one piece when a run is over.

What few tests that keep real time fail while the machine is busy are run once more alone, and named: passed alone they
say that the machine stalled, failed again they fail the whole.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import toolchain
from tools.phases import Phases, side_by_side

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (sys.executable, "-m")


@dataclass(frozen=True, slots=True)
class Run:
    """One program: pytest with these arguments, or another command."""

    name: str
    tests: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def words(self, cache: Path) -> tuple[str, ...]:
        return self.command or (*PYTHON, "pytest", "-o", f"cache_dir={cache}", *self.tests)


@dataclass(frozen=True, slots=True)
class Lane:
    """Runs, one after the other."""

    runs: tuple[Run, ...]


def interop(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/interop/test_{name}.py" for name in names)


BROWSERS = interop("browser_calls", "jssip", "turn", "web_phone")
BY_SIPP = interop("session_timers", "sipp_calls", "sipp_is_called")
OTHER_PHONES = ("tests/interop", *(f"--ignore={path}" for path in (*BROWSERS, *BY_SIPP)))
STAGES = (
    (
        Lane(
            (
                Run("crate", command=(*PYTHON, "tools.cargo", "test", "--locked", "--no-default-features")),
                Run("page", command=(*PYTHON, "tools.desktop", "test")),
            )
        ),
        Lane((Run("logic", ("tests/fuzz", "tests/scenario", "tests/unit")),)),
    ),
    (
        Lane((Run("phones", OTHER_PHONES), Run("browsers", BROWSERS))),
        Lane((Run("sockets", ("tests/component",)), Run("SIPp", BY_SIPP))),
    ),
)
"""One after the other; the lanes of each side by side."""
IN_REAL_TIME = ("tests/component/", "tests/interop/")
MOST_AGAIN = 6
"""More failures than this are no stall of the machine."""
TESTS_FAILED = 1
"""pytest's exit code where it ran to the end; other failures have other codes."""
_REPORT = re.compile(r"=+ (ERRORS|FAILURES|warnings summary|short test summary info) =+")


class Voice:
    """Shows the lines of one run among those of others."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._report: list[str] = []

    def take(self, line: str) -> None:
        if self._report or _REPORT.match(line):
            self._report.append(line)
        else:
            self._show(f"{self._name:>8} | {line}")

    def end(self) -> None:
        self._show("".join(self._report))

    @staticmethod
    def _show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Outcome:
    run: Run
    code: int
    failed: tuple[str, ...]
    """The tests that pytest noted as failed; none where it did not get so far."""


def failed_in(cache: Path) -> tuple[str, ...]:
    try:
        found = json.loads((cache / "v" / "cache" / "lastfailed").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(sorted(found))


def environment() -> dict[str, str]:
    """The tests start our programs some hundred times: what Python compiles of them is kept."""
    env = toolchain.environment(ROOT)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def take_lane(lane: Lane, folder: Path, phases: Phases) -> list[Outcome]:
    """One run after the other, whatever becomes of them."""
    outcomes = []
    for run in lane.runs:
        voice, cache = Voice(run.name), folder / run.name
        code = phases.run(run.name, run.words(cache), environment(), ROOT, voice.take)
        voice.end()
        outcomes.append(Outcome(run, code, failed_in(cache)))
    return outcomes


def worth_a_second_run(outcomes: Sequence[Outcome]) -> bool:
    bad = [outcome for outcome in outcomes if outcome.code]
    failed = [name for outcome in bad for name in outcome.failed]
    return (
        all(outcome.code == TESTS_FAILED and outcome.failed for outcome in bad)
        and 0 < len(failed) <= MOST_AGAIN
        and all(name.startswith(IN_REAL_TIME) for name in failed)
    )


def passes_alone(failed: Sequence[str], cache: Path, phases: Phases) -> bool:
    tell("These keep real time and failed on a busy machine; once more, alone:", failed)
    again = Run("alone", tuple(failed))
    code = phases.run(again.name, again.words(cache), environment(), ROOT)
    # Where pytest did not get so far, none of them passed.
    left = (failed_in(cache) or failed) if code else ()
    tell("Failed again alone, after a failure on a busy machine:", left)
    tell(
        "Passed alone, after a failure on a busy machine:",
        [name for name in failed if name not in left],
    )
    return code == 0


def tell(what: str, names: Sequence[str]) -> None:
    if names:
        print("\n".join(["", what, *(f"  {name}" for name in names)]), flush=True)


def main(stages: Sequence[Sequence[Lane]] = STAGES) -> int:
    phases = Phases()
    with tempfile.TemporaryDirectory() as name:
        folder, outcomes = Path(name), list[Outcome]()
        for lanes in stages:
            found = side_by_side(*(partial(take_lane, lane, folder, phases) for lane in lanes))
            outcomes += [outcome for lane in found for outcome in lane]
        failed = [name for outcome in outcomes for name in outcome.failed]
        good = not any(outcome.code for outcome in outcomes)
        if not good and worth_a_second_run(outcomes):
            good = passes_alone(failed, folder / "alone", phases)
    print(phases.table())
    wrong = ", ".join(outcome.run.name for outcome in outcomes if outcome.code)
    print("test: all passed" if good else f"test: failed in {wrong}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
