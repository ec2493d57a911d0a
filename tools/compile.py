"""`make fast`: compiles the control path of a call ahead of time with mypyc, into build/fast. Nothing else changes.

    python -m tools.compile

`voicecore/compiled.py` imports what this made, as long as no source differs from what it was made from.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mypyc.build import mypycify

from tools.compiled_modules import MODULES
from voicecore import compiled

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ("-O2", "-g0", "-DNDEBUG", "-fPIC", "-fwrapv", "-fvisibility=hidden", "-w")
ALONE = 4
"""So many modules are one C file, that of mypyc's own runtime too; of more, each is one, compiled beside others."""
GROUP = compiled.LIBRARY.removesuffix("__mypyc")


class CompileError(Exception):
    """What the compiler said."""


def compile_modules(modules: Sequence[str], root: Path = ROOT) -> None:
    """Makes the library of these modules. Raises CompileError; mypyc itself ends the program where it finds faults."""
    shutil.rmtree(compiled.folder(root), ignore_errors=True)
    began, digests = time.monotonic(), compiled.digests(modules, root)

    def step(title: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {title}", flush=True)

    step(f"from Python to C: {len(modules)} modules")
    place = compiled.folder(root)
    sources, folders = _write_c(modules, root, place / "c")
    step(f"from C: {len(sources)} files, {os.cpu_count()} at once")
    include = ("-I", sysconfig.get_paths()["include"], *(word for name in folders for word in ("-I", name)))

    def to_object(source: str) -> str:
        target = f"{source}.o"
        _run([_compiler(), "-c", *FLAGS, *include, source, "-o", target], root)
        return target

    largest_first = sorted(sources, key=lambda source: -(root / source).stat().st_size)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(to_object, largest_first))
    step("one library of all")
    _run([_compiler(), "-shared", *objects, "-o", str(compiled.library(root))], root)
    shutil.rmtree(place / "c")
    compiled.note(digests, root)
    step(f"ready: {compiled.library(root).stat().st_size / 1e6:.1f} MB in {place.relative_to(root)}")


def _write_c(modules: Sequence[str], root: Path, target: Path) -> tuple[list[str], list[str]]:
    """The C files, without those that only make each module a library of its own, and where their headers lie."""
    words = [str(compiled.source_of(module, root).relative_to(root)) for module in modules]
    if (root / "pyproject.toml").is_file():
        words = ["--config-file", "pyproject.toml", *words]
    before = Path.cwd()
    os.chdir(root)  # mypyc takes paths from here, and so does what it writes
    try:
        library = mypycify(words, multi_file=len(modules) > ALONE, group_name=GROUP, target_dir=str(target))[
            0
        ]
    finally:
        os.chdir(before)
    return list(library.sources), list(library.include_dirs)


def _compiler() -> str:
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is None:
        raise CompileError("There is no C compiler.")
    return found


def _run(command: Sequence[str], root: Path) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompileError(f"{' '.join(command)}\n{done.stderr}")


def main() -> int:
    try:
        compile_modules(MODULES)
    except CompileError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
