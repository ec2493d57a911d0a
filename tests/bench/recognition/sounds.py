"""The recorded words that recognition is measured on: a Debian package, unpacked here and never committed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

PACKAGE: Final = "asterisk-core-sounds-en-wav"
_INSIDE: Final = Path("usr/share/asterisk/sounds/en_US_f_Allison")


class NoSounds(Exception):
    """They cannot be had here; says why."""


def sounds(folder: Path) -> Path:
    """Where they are: installed, unpacked in `folder` before, or downloaded there now. Raises NoSounds."""
    for root in (Path("/"), folder):
        if (root / _INSIDE / "digits" / "1.wav").exists():
            return root / _INSIDE
    folder.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", "--quiet", PACKAGE], folder)
    for package in folder.glob(f"{PACKAGE}_*.deb"):
        _run(["dpkg", "--extract", package.name, "."], folder)
        package.unlink()
    return folder / _INSIDE


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoSounds(f"{command[0]} cannot be run: {error}") from error
    if done.returncode:
        raise NoSounds(f"{' '.join(command)}: {done.stderr.strip()}")
