"""What can be judged without running the product: every step in turn, and a summary at the end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import toolchain

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (sys.executable, "-m")
CARGO = (*PYTHON, "tools.cargo")
DENY = ("--", "--deny", "warnings")


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    command: tuple[str, ...]


STEPS = (
    Step("ruff", (*PYTHON, "ruff", "check", "--quiet", ".")),
    Step("ruff format", (*PYTHON, "ruff", "format", "--check", "--quiet", ".")),
    Step("layers", (*PYTHON, "tools.check_layers")),
    Step("import rules", (*PYTHON, "tools.check_imports")),
    Step("file sizes", (*PYTHON, "tools.check_sizes")),
    Step("mypy", (*PYTHON, "mypy")),
    Step(
        "stubtest",
        (*PYTHON, "mypy.stubtest", "voicecore.media._native", "--mypy-config-file", "pyproject.toml"),
    ),
    Step("rustfmt", (*CARGO, "fmt", "--check")),
    Step("clippy", (*CARGO, "clippy", "--locked", "--all-targets", *DENY)),
    Step(
        "clippy without Python",
        (*CARGO, "clippy", "--locked", "--all-targets", "--no-default-features", *DENY),
    ),
    Step("tsc and biome", (*PYTHON, "tools.desktop", "check")),
)


def passes(step: Step) -> bool:
    """Runs one step with its output shown, and says how it went."""
    began = time.monotonic()
    print(f"--- {step.name}", flush=True)
    code = subprocess.run(step.command, cwd=ROOT, env=toolchain.environment(ROOT), check=False).returncode
    print(f"    {'FAILED' if code else 'ok'} in {time.monotonic() - began:.1f} s", flush=True)
    return code == 0


def main(steps: Sequence[Step] = STEPS) -> int:
    failed = [step.name for step in steps if not passes(step)]
    print(f"check: {', '.join(failed)} failed" if failed else f"check: all {len(steps)} steps hold")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
