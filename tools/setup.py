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
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tools import desktop, system_packages, toolchain
from tools.phases import Phases, side_by_side

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
PIP = (VENV_PYTHON, "-m", "pip", "--disable-pip-version-check")
PIP_INSTALL = (*PIP, "install", "--quiet", "--no-deps")
LOCKS = {"run": ("runtime",), "test": ("runtime", "recognition", "dev", "interop")}
"""Files of requirements/."""
NEWEST_FOR_PJSUA2 = (3, 12)
"""pjsua2-python, the one package of interop.txt, is built for these Pythons only; its tests are skipped elsewhere."""
PARTS = {"run": ("runtime",), "test": ("runtime", "test")}


class SetupError(Exception):
    """What is wrong, and what to do about it; printed as it is."""


class Stamps:
    """Which content each finished step was done for, kept inside the virtual environment. For several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()

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
        with self._writing:
            self._path.write_text(json.dumps({**self._read(), step: digest}, indent=1), encoding="utf-8")


def digest_of(files: Iterable[Path], *extra: str) -> str:
    """One hash over the names and contents of these files, and over `extra`."""
    total = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(files):
        total.update(f"\0{path.relative_to(ROOT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """What every step needs to know."""

    kind: str
    """"run" or "test"."""
    env: Mapping[str, str]
    stamps: Stamps
    phases: Phases = field(default_factory=Phases)

    def run(self, name: str, command: Sequence[str | Path], **env: str) -> None:
        """Runs a program, `env` added to its environment. Raises SetupError if it fails."""
        line = " ".join(map(str, command))
        print(f"[{self.phases.seconds:5.1f} s] $ {line.replace(f'{ROOT}/', '')}", flush=True)
        if self.phases.run(name, command, {**self.env, **env}, ROOT):
            raise SetupError(f"This failed (its lines are above):\n  {line}")


def install_system_packages(work: Work) -> None:
    advice = system_packages.ensure(ROOT / "tools" / "system-packages.txt", PARTS[work.kind])
    if advice:
        raise SetupError(advice)


def make_venv(work: Work) -> None:
    # The programs in .venv/bin hold the checkout's absolute path: a moved checkout needs a new environment.
    moved = work.stamps.has("checkout") and not work.stamps.is_current("checkout", str(ROOT))
    command = list(map(str, [*PIP, "--version"]))
    works = VENV_PYTHON.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if moved or not works:
        work.run("virtual environment", [sys.executable, "-m", "venv", "--clear", VENV])
    work.stamps.set("checkout", str(ROOT))


def install_builder(work: Work) -> None:
    """maturin alone, ahead of all other packages: compiling takes longest and begins first."""
    lines = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").splitlines()
    (builder,) = (line for line in lines if line.startswith("maturin=="))
    if not work.stamps.is_current("builder", builder):
        work.run("maturin", [*PIP_INSTALL, builder])
        work.stamps.set("builder", builder)


def install_python(work: Work) -> None:
    """What those files of requirements/ name that have changed."""
    names = list(LOCKS[work.kind])
    if "interop" in names and sys.version_info[:2] > NEWEST_FOR_PJSUA2:
        print("    pjsua2-python is not made for this Python: the tests with that phone will be skipped")
        names.remove("interop")
    files = {f"{name}.txt": ROOT / "requirements" / f"{name}.txt" for name in names}
    digests = {name: digest_of([path], sys.version) for name, path in files.items()}
    changed = [name for name, digest in digests.items() if not work.stamps.is_current(name, digest)]
    if changed:
        wanted = [word for name in changed for word in ("--requirement", str(files[name].relative_to(ROOT)))]
        work.run("Python packages", [*PIP_INSTALL, *wanted])
    for name in changed:
        work.stamps.set(name, digests[name])


def build_native(work: Work) -> None:
    crate = ROOT / "media"
    sources = [path for path in crate.rglob("*") if path.is_file() and crate / "target" not in path.parents]
    digest = digest_of([*sources, ROOT / "pyproject.toml"], sys.version)
    built = list((ROOT / "voicecore" / "media").glob("_native*.so"))
    if not built or not work.stamps.is_current("native", digest):
        maturin = str(VENV / "bin" / "maturin")
        work.run("native module", [maturin, "develop", "--release", "--locked", "--skip-install"])
        work.stamps.set("native", digest)


def build_page(work: Work) -> None:
    """Where it cannot be built the set-up says so and goes on: calls need no page."""
    problem = desktop.missing(work.env)
    if problem is not None:
        print(f"    {problem}")
        return
    lock = digest_of([desktop.DESKTOP / "package-lock.json"])
    digest = digest_of(desktop.sources())
    try:
        if (
            not work.stamps.is_current("page's packages", lock)
            or not (desktop.DESKTOP / "node_modules").is_dir()
        ):
            work.run("page's packages", desktop.INSTALL)
            work.stamps.set("page's packages", lock)
        if (
            not work.stamps.is_current("page", digest)
            or not (desktop.DESKTOP / "dist" / "index.html").exists()
        ):
            work.run("page", desktop.BUILD)
            work.stamps.set("page", digest)
    except SetupError as failure:
        print(f"    The page was not built; all else works. {failure}")


def link_package(work: Work) -> None:
    """Puts voicecore on the environment's path, and its command into .venv/bin."""
    digest = digest_of([ROOT / "pyproject.toml"], sys.version)
    if not work.stamps.is_current("package", digest):
        locked = {"MATURIN_PEP517_ARGS": "--locked"}
        work.run("link to the package", [*PIP_INSTALL, "--no-build-isolation", "--editable", "."], **locked)
        work.stamps.set("package", digest)


def set_up(kind: str) -> None:
    """Every step, those side by side that need nothing of each other; raises SetupError."""
    work = Work(kind, toolchain.environment(ROOT), Stamps(VENV / "stamps.json"))
    lacking = list(toolchain.missing_tools(ROOT, work.env, checking=kind == "test"))
    if lacking:
        raise SetupError("\n".join(map(str, lacking)))
    make_venv(work)
    side_by_side(partial(install_system_packages, work), partial(install_builder, work))
    side_by_side(
        partial(build_native, work),
        partial(install_python, work),
        partial(build_page, work),
    )
    link_package(work)
    if work.phases.done:
        print(work.phases.table())
    print(f"[{work.phases.seconds:5.1f} s] ready")


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
