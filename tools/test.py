"""Every test: the crate's without an interpreter, the page's, then pytest in two runs side by side.

One run talks to phones that are not ours, and mostly waits for them; the other has all the rest. The first one's lines
are shown as they come, those of the other when both are over.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools import toolchain

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (sys.executable, "-m")
FIRST = (
    (*PYTHON, "tools.cargo", "test", "--locked", "--no-default-features"),
    (*PYTHON, "tools.desktop", "test"),
)
WITH_PHONES = (*PYTHON, "pytest", "tests/interop")
THE_REST = (*PYTHON, "pytest", "tests/component", "tests/fuzz", "tests/scenario", "tests/unit")


def side_by_side(shown: Sequence[str], kept: Sequence[str]) -> bool:
    """Runs both; whether both succeeded. The lines of `kept` are printed at the end."""
    env = toolchain.environment(ROOT)
    with tempfile.TemporaryFile() as lines:
        with subprocess.Popen(kept, cwd=ROOT, env=env, stdout=lines, stderr=subprocess.STDOUT) as other:
            code = subprocess.run(shown, cwd=ROOT, env=env, check=False).returncode
        lines.seek(0)
        sys.stdout.buffer.write(lines.read())
        sys.stdout.flush()
    return code == 0 and other.returncode == 0


def main() -> int:
    env = toolchain.environment(ROOT)
    for command in FIRST:
        if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
            return 1
    return 0 if side_by_side(WITH_PHONES, THE_REST) else 1


if __name__ == "__main__":
    sys.exit(main())
