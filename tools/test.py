"""Every test: the crate's without an interpreter, the page's, then pytest in two runs side by side.

One run has what goes by the clock: phones that are not ours, sockets, media. It mostly waits. The other has all the
rest, at a low priority, so that it takes no time from the first. The first one's lines are shown as they come, the
other's when both are over.
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
BY_THE_CLOCK = (
    *(*PYTHON, "pytest", "tests/component", "tests/interop"),
    *("--ignore=tests/component/api", "--ignore=tests/component/desktop"),
)
THE_REST = (
    *("nice", "-n", "15", *PYTHON, "pytest"),
    *("tests/component/api", "tests/component/desktop", "tests/fuzz", "tests/scenario", "tests/unit"),
)


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
    return 0 if side_by_side(BY_THE_CLOCK, THE_REST) else 1


if __name__ == "__main__":
    sys.exit(main())
