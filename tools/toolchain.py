"""The tools that setup cannot install itself: looked for, and named with the command that installs them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

RUSTUP = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"


@dataclass(frozen=True)
class Missing:
    """A tool that is not there (or too old), and the command that installs it."""

    tool: str
    command: str

    def __str__(self) -> str:
        return f"{self.tool} is missing. Install it with:\n  {self.command}"


def environment(root: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What child processes get: the virtual environment and cargo's own folder are on the PATH."""
    home = Path(base.get("CARGO_HOME") or Path.home() / ".cargo")
    path = os.pathsep.join([str(root / ".venv" / "bin"), base.get("PATH", os.defpath), str(home / "bin")])
    return {**base, "VIRTUAL_ENV": str(root / ".venv"), "PATH": path}


def version_of(line: str) -> tuple[int, ...]:
    """The numbers of a line such as `rustc 1.95.0 (5980 2026-04-14)`; empty if there are none."""
    found = re.search(r"(\d+(?:\.\d+)+)", line)
    return tuple(map(int, found[1].split("."))) if found else ()


def rust_needed(root: Path) -> tuple[int, ...]:
    package = tomllib.loads((root / "media" / "Cargo.toml").read_text(encoding="utf-8"))["package"]
    return version_of(package.get("rust-version", "1.85"))


def missing_tools(root: Path, env: Mapping[str, str], *, checking: bool) -> Iterator[Missing]:
    """What is not there. `checking` asks for rustfmt and clippy as well."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        yield Missing("Python's venv module", "sudo apt-get install -y python3-venv")
    if not any(shutil.which(name, path=env["PATH"]) for name in ("cc", "gcc", "clang")):
        yield Missing("a C compiler", "sudo apt-get install -y gcc libc6-dev")
    yield from _missing_rust(root, env, checking=checking)


def _missing_rust(root: Path, env: Mapping[str, str], *, checking: bool) -> Iterator[Missing]:
    if not shutil.which("cargo", path=env["PATH"]):
        yield Missing("cargo (the Rust toolchain)", RUSTUP)
        return
    needed = rust_needed(root)
    said = subprocess.run(["rustc", "--version"], env=env, capture_output=True, text=True, check=False).stdout
    if version_of(said) < needed:
        wanted = ".".join(map(str, needed))
        update = "rustup update stable" if shutil.which("rustup", path=env["PATH"]) else RUSTUP
        yield Missing(f"Rust {wanted} or later (this is {said.strip() or 'of no known version'})", update)
    for name in ("rustfmt", "clippy") if checking else ():
        program = {"rustfmt": "rustfmt", "clippy": "cargo-clippy"}[name]
        command = [program, "--version"]
        if (
            not shutil.which(program, path=env["PATH"])
            or subprocess.run(command, env=env, capture_output=True, check=False).returncode
        ):
            yield Missing(name, f"rustup component add {name}")
