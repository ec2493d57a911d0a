"""What a running server tells other programs about itself: one small text beside the database, whole or not there."""

from __future__ import annotations

from pathlib import Path

from voicecore.errors import Unavailable
from voicecore.store.database import path_of


class LiveFile:
    """Its methods block for as long as a small file takes. It is no record: it need not survive a power cut."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, url: str, name: str) -> LiveFile:
        """`DATABASE.NAME` of a store. Raises ValueError for a bad URL."""
        path = path_of(url)
        return cls(path.with_name(f"{path.name}.{name}"))

    def write(self, text: str) -> None:
        """Whoever reads meanwhile finds the old text or the new one. Raises Unavailable."""
        partial = self._path.with_name(f"{self._path.name}.partial")
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            raise Unavailable(f"cannot write {self._path}: {error.strerror}") from error

    def read(self) -> str | None:
        """None where no server told anything. Raises Unavailable."""
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"cannot read {self._path}: {error}") from error

    def remove(self) -> None:
        """The server ends. Raises Unavailable."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"cannot remove {self._path}: {error.strerror}") from error
