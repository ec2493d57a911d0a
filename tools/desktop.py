"""The page in `voicecore/desktop`: `python3 -m tools.desktop check`, `... fix`, `... test`, with Node where it is.

Without Node everything but the page works; whoever asks is told what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import toolchain

ROOT = Path(__file__).resolve().parent.parent
DESKTOP = ROOT / "voicecore" / "desktop"
NODE_NEEDED = (20, 19)
INSTALL = ("npm", "--prefix", "voicecore/desktop", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
BUILD = ("npm", "--prefix", "voicecore/desktop", "run", "--silent", "build")
TASKS = ("check", "fix", "test")
WITHOUT = "The page is left out; all else works. Install Node 20.19 or later: https://nodejs.org/en/download"


def missing(env: Mapping[str, str]) -> str | None:
    """What keeps the page from being built here, and what to do; None: nothing."""
    for program in ("node", "npm"):
        if shutil.which(program, path=env["PATH"]) is None:
            return f"{program} is not installed. {WITHOUT}"
    said = subprocess.run(["node", "--version"], env=env, capture_output=True, text=True, check=False).stdout
    if toolchain.version_of(said) < NODE_NEEDED:
        return f"Node is too old (this is {said.strip() or 'of no known version'}). {WITHOUT}"
    return None


def sources() -> list[Path]:
    """What the built page is made of."""
    own = (path for path in DESKTOP.iterdir() if path.name not in ("node_modules", "dist"))
    return [path for top in own for path in (top.rglob("*") if top.is_dir() else (top,)) if path.is_file()]


def main(words: Sequence[str]) -> int:
    if len(words) != 1 or words[0] not in TASKS:
        print(f"usage: python3 -m tools.desktop {'|'.join(TASKS)}", file=sys.stderr)
        return 2
    env = toolchain.environment(ROOT)
    problem = missing(env)
    if problem is None and not (DESKTOP / "node_modules").is_dir():
        problem = "Its packages are not installed: run `make setup` with a network."
    if problem is not None:
        print(f"desktop: {problem}")
        return 0
    command = ["npm", "--prefix", str(DESKTOP), "run", "--silent", words[0]]
    return subprocess.run(command, cwd=ROOT, env={**env, "NO_COLOR": "1"}, check=False).returncode


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
