"""Passwords in a configuration: written there, or named there and kept elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

MAX_SECRET = 4096


class SecretPlace(Enum):
    HERE = "here"
    ENVIRONMENT = "env"
    FILE = "file"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """`text` is the secret itself, the name of a variable, or a path. Neither `repr` nor `str` shows it."""

    place: SecretPlace
    text: str

    @classmethod
    def parse_reference(cls, text: str) -> Secret | None:
        """`env:NAME` or `file:PATH`; None for anything else."""
        kind, colon, rest = text.partition(":")
        if not colon or not rest or "\0" in rest or kind not in ("env", "file"):
            return None
        if kind == "env" and "=" in rest:
            return None
        return cls(SecretPlace(kind), rest)

    def reveal(self) -> str:
        """The secret. Raises ValueError, which does not hold it, where it cannot be had.

        A file's secret is its first line.
        """
        match self.place:
            case SecretPlace.HERE:
                found = self.text
            case SecretPlace.ENVIRONMENT:
                found = os.environ.get(self.text, "")
                if not found:
                    raise ValueError(f"there is no environment variable {self.text}, or it is empty")
            case SecretPlace.FILE:
                found = _first_line(Path(self.text))
        return found

    def __repr__(self) -> str:
        shown = "..." if self.place is SecretPlace.HERE else self.text
        return f"Secret({self.place.value}: {shown})"


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            line = stream.readline(MAX_SECRET).rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8") from error
    if not line:
        raise ValueError(f"the first line of {path} is empty")
    return line
