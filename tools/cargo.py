"""`python3 -m tools.cargo test --release` runs `cargo test --release` on the crate, from anywhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import toolchain

ROOT = Path(__file__).resolve().parent.parent


def main(words: Sequence[str]) -> int:
    command = ["cargo", words[0], "--manifest-path", str(ROOT / "media" / "Cargo.toml"), *words[1:]]
    return subprocess.run(command, cwd=ROOT, env=toolchain.environment(ROOT), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["--help"]))
