"""The keys that recordings are sealed with: a text file, one key a line."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from voicecore.errors import Unavailable

KEY_LENGTH = 32
MAX_KEY_FILE = 65_536
_ID = re.compile(r"[A-Za-z0-9_.-]{1,16}", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{64}", re.ASCII)


class KeyFileError(Unavailable):
    """A key file that cannot be used. The text never shows a key."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        place = f"{path}" if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class RecordingKeys:
    """Keys by their ids. New recordings are sealed with the first; without any, they are not sealed."""

    keys: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def current(self) -> tuple[str, bytes] | None:
        return next(iter(self.keys.items()), None)


NO_KEYS = RecordingKeys()


def read_keys(path: Path) -> RecordingKeys:
    """Reads a key file: each line an id, a blank and 32 octets in base64 or hexadecimal; `#` begins a comment.

    Raises KeyFileError with the line.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_KEY_FILE + 1)
    except OSError as error:
        raise KeyFileError(path, None, f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_KEY_FILE:
        raise KeyFileError(path, None, f"is longer than {MAX_KEY_FILE} octets")
    return _keys_of(data, path)


def _keys_of(data: bytes, path: Path) -> RecordingKeys:
    found: dict[str, bytes] = {}
    for number, raw in enumerate(data.split(b"\n"), 1):
        try:
            words = raw.decode("ascii").partition("#")[0].split()
        except UnicodeDecodeError as error:
            raise KeyFileError(path, number, "is not plain ASCII") from error
        if not words:
            continue
        if len(words) != 2 or not _ID.fullmatch(words[0]):
            problem = "is no key: write an id of up to 16 letters, digits, _ . -, a blank, and the key"
            raise KeyFileError(path, number, problem)
        name, key = words[0], _octets(words[1])
        if key is None:
            raise KeyFileError(path, number, f"the key {name} is not 32 octets in base64 or hexadecimal")
        if name in found:
            raise KeyFileError(path, number, f"the key {name} is there twice")
        found[name] = key
    if not found:
        raise KeyFileError(path, None, "holds no key")
    return RecordingKeys(MappingProxyType(found))


def _octets(text: str) -> bytes | None:
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return key if len(key) == KEY_LENGTH else None
