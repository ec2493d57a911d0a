"""Makes this checkout ready: `python3 -m tools.setup run` for running, `... test` for tests and checks too.

Needs Python 3.11 and its standard library only. A step whose inputs have not changed since it last succeeded
is passed over. What it cannot install it names, together with the command that does.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tools import system_packages, toolchain

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
PIP = (VENV_PYTHON, "-m", "pip", "--disable-pip-version-check")
PIP_INSTALL = (*PIP, "install", "--quiet", "--no-deps")
LOCKS = {"run": ("runtime",), "test": ("runtime", "recognition", "dev", "interop")}
NEWEST_FOR_PJSUA2 = (3, 12)
"""pjsua2-python, the one package of interop.txt, is built for these Pythons only; its tests are skipped elsewhere."""
PARTS = {"run": ("runtime",), "test": ("runtime", "test")}


class SetupError(Exception):
    """What is wrong, and what to do about it; printed as it is."""


class Stamps:
    """Which content each finished step was done for, kept inside the virtual environment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def has(self, step: str) -> bool:
        return step in self._read()

    def is_current(self, step: str, digest: str) -> bool:
        return self._read().get(step) == digest

    def set(self, step: str, digest: str) -> None:
        self._path.write_text(json.dumps({**self._read(), step: digest}, indent=1), encoding="utf-8")


def digest_of(files: Iterable[Path], *extra: str) -> str:
    """One hash over the names and contents of these files, and over `extra`."""
    total = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(files):
        total.update(f"\0{path.relative_to(ROOT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def run(command: Sequence[str | Path], env: Mapping[str, str]) -> None:
    line = " ".join(map(str, command))
    print(f"    $ {line.replace(f'{ROOT}/', '')}", flush=True)
    if subprocess.run([str(word) for word in command], cwd=ROOT, env=env, check=False).returncode:
        raise SetupError(f"This failed (its lines are above):\n  {line}")


def make_venv(stamps: Stamps, env: Mapping[str, str]) -> None:
    # The programs in .venv/bin hold the checkout's absolute path: a moved checkout needs a new environment.
    moved = stamps.has("checkout") and not stamps.is_current("checkout", str(ROOT))
    command = list(map(str, [*PIP, "--version"]))
    works = VENV_PYTHON.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if moved or not works:
        run([sys.executable, "-m", "venv", "--clear", VENV], env)
    stamps.set("checkout", str(ROOT))


def install_python(kind: str, stamps: Stamps, env: Mapping[str, str]) -> None:
    for name in LOCKS[kind]:
        if name == "interop" and sys.version_info[:2] > NEWEST_FOR_PJSUA2:
            print("    pjsua2-python is not made for this Python: the tests with that phone will be skipped")
            continue
        lock = ROOT / "requirements" / f"{name}.txt"
        digest = digest_of([lock], sys.version)
        if not stamps.is_current(lock.name, digest):
            run([*PIP_INSTALL, "--requirement", lock.relative_to(ROOT)], env)
            stamps.set(lock.name, digest)


def build_native(stamps: Stamps, env: Mapping[str, str]) -> None:
    crate = ROOT / "media"
    sources = [path for path in crate.rglob("*") if path.is_file() and crate / "target" not in path.parents]
    digest = digest_of([*sources, ROOT / "pyproject.toml"], sys.version)
    built = list((ROOT / "voicecore" / "media").glob("_native*.so"))
    if not built or not stamps.is_current("native", digest):
        run([VENV / "bin" / "maturin", "develop", "--release", "--locked", "--skip-install"], env)
        stamps.set("native", digest)


def link_package(stamps: Stamps, env: Mapping[str, str]) -> None:
    """Puts voicecore on the environment's path, and its command into .venv/bin."""
    digest = digest_of([ROOT / "pyproject.toml"], sys.version)
    if not stamps.is_current("package", digest):
        locked = {**env, "MATURIN_PEP517_ARGS": "--locked"}
        run([*PIP_INSTALL, "--no-build-isolation", "--editable", "."], locked)
        stamps.set("package", digest)


def set_up(kind: str) -> None:
    """Every step in order; raises SetupError."""
    began = time.monotonic()
    env = toolchain.environment(ROOT)

    def step(title: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {title}", flush=True)

    step("looking for the toolchains")
    lacking = list(toolchain.missing_tools(ROOT, env, checking=kind == "test"))
    if lacking:
        raise SetupError("\n".join(map(str, lacking)))
    step("system packages")
    advice = system_packages.ensure(ROOT / "tools" / "system-packages.txt", PARTS[kind])
    if advice:
        raise SetupError(advice)
    step("Python packages")
    stamps = Stamps(VENV / "stamps.json")
    make_venv(stamps, env)
    install_python(kind, stamps, env)
    step("the native module")
    build_native(stamps, env)
    link_package(stamps, env)
    step("ready")


def main(words: Sequence[str]) -> int:
    if len(words) != 1 or words[0] not in LOCKS:
        print(f"usage: python3 -m tools.setup {'|'.join(LOCKS)}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    try:
        set_up(words[0])
    except SetupError as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
