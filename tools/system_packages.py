"""Debian's packages from `system-packages.txt`: which are missing, and installing them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTS = ("runtime", "test")


@dataclass(frozen=True)
class SystemPackage:
    name: str
    part: str
    purpose: str


def read_list(path: Path) -> list[SystemPackage]:
    """The list's lines; ValueError names the line that is not `name part purpose`."""
    packages = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(maxsplit=2)
        if len(fields) != 3 or fields[1] not in PARTS:
            raise ValueError(f"{path}:{number}: not a name, a part ({' or '.join(PARTS)}) and a purpose")
        packages.append(SystemPackage(*fields))
    return packages


def missing(names: Sequence[str]) -> list[str]:
    """Those that dpkg does not have installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n", *names]
    said = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    present = {line.split()[1] for line in said.splitlines() if line.startswith("installed ")}
    return [name for name in names if name not in present]


def install(names: Sequence[str]) -> bool:
    """Asks apt-get for them, with fresh lists if the ones at hand do not do; False if that failed too."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", "--quiet", *names]
    have_lists = any(Path("/var/lib/apt/lists").glob("*_Packages*"))
    if have_lists and subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0:
        return True
    subprocess.run(["apt-get", "update", "--quiet"], env=env, stdin=subprocess.DEVNULL, check=False)
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0


def ensure(path: Path, parts: Sequence[str]) -> str | None:
    """Installs what is missing of these parts. Returns what a person has to do, None if nothing."""
    names = [package.name for package in read_list(path) if package.part in parts]
    if not shutil.which("dpkg-query"):
        print(f"    no dpkg here: please see to it that these are installed: {' '.join(names)}")
        return None
    lacking = missing(names)
    if not lacking:
        return None
    wanted = f"apt-get install --yes --no-install-recommends {' '.join(lacking)}"
    if os.geteuid() != 0:
        return f"System packages are missing. Install them, then run this again:\n  sudo {wanted}"
    print(f"    installing {' '.join(lacking)}", flush=True)
    return None if install(lacking) else f"apt-get failed. Look at its lines above, then try:\n  {wanted}"
