"""Where records wait while the database does not take them: one JSON file a call, complete or not there."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.records import CallFile
from voicecore.store.text import file_from_json, file_to_json

_WAITING = ".json"


class Spool:
    """A folder that is made when it is first needed. Its methods block; any thread may call them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, file: CallFile) -> None:
        """Returns when the file is on disk; raises Unavailable when it cannot be."""
        path = self._directory / f"{file.call.id}{_WAITING}"
        partial = path.with_suffix(".partial")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with partial.open("w", encoding="utf-8") as stream:
                stream.write(file_to_json(file))
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
            self._sync_directory()
        except OSError as error:
            raise Unavailable(f"cannot spool a call record to {path}: {error.strerror}") from error

    def waiting(self, limit: int) -> list[CallId]:
        """Some of the calls that wait, in no order."""
        try:
            with os.scandir(self._directory) as entries:
                names = (entry.name for entry in entries if entry.name.endswith(_WAITING))
                return [CallId(name.removesuffix(_WAITING)) for name in islice(names, limit)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unreadable(error) from error

    def read(self, call: CallId) -> CallFile:
        """Raises ValueError for a damaged file, Unavailable when it cannot be read."""
        try:
            return file_from_json((self._directory / f"{call}{_WAITING}").read_text("utf-8"))
        except OSError as error:
            raise self._unreadable(error) from error

    def remove(self, call: CallId) -> None:
        """After its delivery."""
        try:
            (self._directory / f"{call}{_WAITING}").unlink(missing_ok=True)
        except OSError as error:
            raise self._unreadable(error) from error

    def refuse(self, call: CallId) -> Path:
        """Sets a file aside that will never be accepted, for a person to look at; returns its new path."""
        refused = self._directory / f"{call}.refused"
        try:
            (self._directory / f"{call}{_WAITING}").replace(refused)
        except OSError as error:
            raise self._unreadable(error) from error
        return refused

    def _unreadable(self, error: OSError) -> Unavailable:
        return Unavailable(f"cannot use the spool {self._directory}: {error.strerror}")

    def _sync_directory(self) -> None:
        # Without it a power cut may forget the name of a file whose content is safe.
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
