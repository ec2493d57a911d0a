"""What can be judged without running the product: two lanes of steps, one a crate's, and a summary at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import toolchain
from tools.phases import Phases, side_by_side

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (sys.executable, "-m")
CARGO = (*PYTHON, "tools.cargo")
DENY = ("--", "--deny", "warnings")


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    command: tuple[str, ...]


OF_PYTHON = (
    Step("ruff", (*PYTHON, "ruff", "check", "--quiet", ".")),
    Step("ruff format", (*PYTHON, "ruff", "format", "--check", "--quiet", ".")),
    Step("layers", (*PYTHON, "tools.check_layers")),
    Step("import rules", (*PYTHON, "tools.check_imports")),
    Step("file sizes", (*PYTHON, "tools.check_sizes")),
    Step("tsc and biome", (*PYTHON, "tools.desktop", "check")),
    Step("mypy", (*PYTHON, "mypy")),
    Step(
        "stubtest",
        (*PYTHON, "mypy.stubtest", "voicecore.media._native", "--mypy-config-file", "pyproject.toml"),
    ),
)
OF_RUST = (
    Step("rustfmt", (*CARGO, "fmt", "--check")),
    Step("clippy", (*CARGO, "clippy", "--locked", "--all-targets", *DENY)),
    Step(
        "clippy without Python",
        (*CARGO, "clippy", "--locked", "--all-targets", "--no-default-features", *DENY),
    ),
)


def passes(step: Step, phases: Phases) -> bool:
    """Runs one step, shows its output in one piece, and says how it went."""
    lines: list[str] = []
    code = phases.run(step.name, step.command, toolchain.environment(ROOT), ROOT, lines.append)
    lines.append(f"    {'FAILED' if code else 'ok'}\n")
    sys.stdout.write("".join([f"--- {step.name}\n", *lines]))
    sys.stdout.flush()
    return code == 0


def main(*lanes: Sequence[Step]) -> int:
    phases = Phases()

    def failed(steps: Sequence[Step]) -> list[str]:
        return [step.name for step in steps if not passes(step, phases)]

    wrong = [name for names in side_by_side(*(partial(failed, steps) for steps in lanes)) for name in names]
    print(phases.table())
    print(f"check: {', '.join(wrong)} failed" if wrong else f"check: all {sum(map(len, lanes))} steps hold")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(OF_PYTHON, OF_RUST))
