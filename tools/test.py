"""Every test: the crate's without an interpreter, the page's, then pytest in two runs side by side.

One run talks to phones that are not ours, and mostly waits for them; the other has all the rest, and then what SIPp
plays. The first one's lines are shown as they come, those of the other when both are over.

Some tests keep real time, with phones or with our own sockets. What few of them fail while the machine is busy are run
once more alone, and named: passed alone they say that the machine stalled, failed again they fail the whole.
"""

from __future__ import annotations

import json
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
BY_SIPP = tuple(
    f"tests/interop/test_{name}.py" for name in ("session_timers", "sipp_calls", "sipp_is_called")
)
WITH_PHONES = ("tests/interop", *(f"--ignore={path}" for path in BY_SIPP))
THE_REST = ("tests/component", "tests/fuzz", "tests/scenario", "tests/unit", *BY_SIPP)
IN_REAL_TIME = ("tests/component/", "tests/interop/")
MOST_AGAIN = 6
"""More failures than this are no stall of the machine."""
TESTS_FAILED = 1
"""pytest's exit code where it ran to the end; other failures have other codes."""


def pytest(cache: Path, *arguments: str) -> tuple[str, ...]:
    return (*PYTHON, "pytest", "-o", f"cache_dir={cache}", *arguments)


def side_by_side(shown: Sequence[str], kept: Sequence[str]) -> tuple[int, int]:
    """Runs both and returns their exit codes. The lines of `kept` are printed at the end."""
    env = toolchain.environment(ROOT)
    with tempfile.TemporaryFile() as lines:
        with subprocess.Popen(kept, cwd=ROOT, env=env, stdout=lines, stderr=subprocess.STDOUT) as other:
            code = subprocess.run(shown, cwd=ROOT, env=env, check=False).returncode
        lines.seek(0)
        sys.stdout.buffer.write(lines.read())
        sys.stdout.flush()
    return code, other.returncode


def failed_in(cache: Path) -> list[str]:
    """The tests that pytest noted as failed; none where it did not get so far."""
    try:
        found = json.loads((cache / "v" / "cache" / "lastfailed").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return sorted(found)


def worth_a_second_run(failed: Sequence[str]) -> bool:
    return 0 < len(failed) <= MOST_AGAIN and all(name.startswith(IN_REAL_TIME) for name in failed)


def passes_alone(failed: Sequence[str], cache: Path) -> bool:
    names = "\n".join(f"  {name}" for name in failed)
    print(f"\nThese keep real time and failed on a busy machine; once more, alone:\n{names}", flush=True)
    env = toolchain.environment(ROOT)
    code = subprocess.run(pytest(cache, *failed), cwd=ROOT, env=env, check=False).returncode
    print(
        f"\n{'Passed' if code == 0 else 'Failed again'} alone, after a failure on a busy machine:\n{names}",
        flush=True,
    )
    return code == 0


def main() -> int:
    env = toolchain.environment(ROOT)
    for command in FIRST:
        if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
            return 1
    with tempfile.TemporaryDirectory() as folder:
        caches = [Path(folder) / name for name in ("phones", "rest")]
        codes = side_by_side(pytest(caches[0], *WITH_PHONES), pytest(caches[1], *THE_REST))
        if codes == (0, 0):
            return 0
        failed = [name for cache in caches for name in failed_in(cache)]
        if not set(codes) <= {0, TESTS_FAILED} or not worth_a_second_run(failed):
            return 1
        return 0 if passes_alone(failed, Path(folder) / "alone") else 1


if __name__ == "__main__":
    sys.exit(main())
