"""Feeds a target for some seconds, guided by coverage: python -m tests.fuzz [seconds] [target]

600 seconds of `sip_message` unless told otherwise. What it finds worth keeping goes to `var/fuzz/TARGET`, beside
the seeds in `tests/fuzz/corpus/TARGET`; an input that breaks the invariant is left as `var/fuzz/crash-*`.
It needs atheris, which the project does not install: `pip install atheris`. The tests beside it do not.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
FOUND = HERE.parents[1] / "var" / "fuzz"


def main(seconds: str = "600", target: str = "sip_message") -> int:
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["voicecore"]):
        check = importlib.import_module(f"tests.fuzz.{target}").check
    (FOUND / target).mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=5", f"-artifact_prefix={FOUND}/"]
    atheris.Setup(["fuzz", str(FOUND / target), str(HERE / "corpus" / target), *options], check)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
