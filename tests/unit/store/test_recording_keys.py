"""Key files: every line is understood, or told with its number and without its key."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.store.recording_keys import KeyFileError, read_keys

KEY = bytes(range(32))


def keys_in(folder: Path, text: str | bytes) -> Path:
    path = folder / "recordings.keys"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_first_key_is_the_current_one(tmp_path: Path) -> None:
    text = f"# ours\n\n2026-12 {base64.b64encode(KEY).decode()}  # newest\n2026-11 {bytes(32).hex()}\n"
    keys = read_keys(keys_in(tmp_path, text))
    assert keys.current == ("2026-12", KEY)
    assert dict(keys.keys) == {"2026-12": KEY, "2026-11": bytes(32)}
    assert "\\x00" not in repr(keys)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", None, "holds no key"),
        ("# nothing\n", None, "holds no key"),
        (f"a {KEY.hex()}\nb\n", 2, "is no key"),
        (f"a {KEY.hex()} c\n", 1, "is no key"),
        (f"{'x' * 17} {KEY.hex()}\n", 1, "is no key"),
        (f"a {KEY.hex()[2:]}\n", 1, "not 32 octets"),
        ("a !!!!\n", 1, "not 32 octets"),
        (f"a {KEY.hex()}\n\na {KEY.hex()}\n", 3, "twice"),
        (b"a \xff\n", 1, "ASCII"),
        ("#" * 70_000, None, "longer than"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, line: int | None, problem: str
) -> None:
    with pytest.raises(KeyFileError, match=problem) as caught:
        read_keys(keys_in(tmp_path, text))
    assert caught.value.line == line
    assert KEY.hex()[2:] not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be read"):
        read_keys(tmp_path / "none")


@given(st.binary(max_size=200))
def test_any_octets_are_keys_or_an_error(data: bytes) -> None:
    path = Path(f"/dev/shm/voicecore-{os.getpid()}.keys")
    path.write_bytes(data)
    try:
        keys = read_keys(path)
    except KeyFileError:
        return
    finally:
        path.unlink()
    assert all(len(key) == 32 for key in keys.keys.values())
