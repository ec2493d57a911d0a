"""`voicecore recordings`: listed, verified, copied without a seal, sealed with another key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_commands import run
from tests.unit.store.sealing import KEY, sealed
from voicecore.store.recording_keys import read_keys

TEXT = b"RIFF" + b"\xff" * 4 + b"WAVEfmt " + bytes(24) + b"\xff" * 4 + b"sound"
PLAYED = TEXT[:4] + (41).to_bytes(4, "little") + TEXT[8:40] + (5).to_bytes(4, "little") + b"sound"
CALL = "06f2zv1m9k3a7c-call-1.wav"


@pytest.fixture(name="site")
def _site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a key, a configuration, a sealed recording, one that was cut short, and a plain one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recordings.keys").write_text(f"2026-11 {KEY.hex()}\n")
    (tmp_path / "voicecore.toml").write_text(
        '[recordings]\ndirectory = "recordings"\nkey_file = "recordings.keys"\n'
    )
    day = tmp_path / "recordings" / "2026-11-23"
    day.mkdir(parents=True)
    (day / f"{CALL}.sealed").write_bytes(sealed([TEXT], CALL))
    (day / "cut.wav.sealed").write_bytes(sealed([TEXT], "cut.wav", end=False))
    (day / "plain.wav").write_bytes(PLAYED)
    (day / "plain.wav.peaks.npy").write_bytes(b"no recording")
    return tmp_path


def recording(site: Path) -> Path:
    return site / "recordings" / "2026-11-23" / f"{CALL}.sealed"


def do(*words: str) -> int:
    return run("recordings", *words, "--config", "voicecore.toml")


def test_recordings_are_listed_with_their_keys(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do("list") == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [("2026-11" in line.split(), "not sealed" in line) for line in lines] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert "cut short" in lines[1]
    assert do("list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["key"], row["size"]) for row in rows] == [("2026-11", 49), ("2026-11", 49), (None, 49)]


def test_whole_recordings_pass(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do("verify") == 0
    whole, cut, plain = capsys.readouterr().out.splitlines()
    assert whole.endswith("whole, 2 chunks, 49 octets")
    assert "no end" in cut
    assert "nothing to check" in plain


def test_a_changed_octet_is_told_with_its_place(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(recording(site).read_bytes())
    data[-40] ^= 1
    recording(site).write_bytes(data)
    assert do("verify", str(recording(site))) == 1
    assert "BROKEN: chunk 1 is not what was written" in capsys.readouterr().out


def test_a_recording_under_another_name_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = recording(site).with_name("other.wav.sealed")
    recording(site).rename(other)
    assert do("verify", str(other)) == 1
    assert f"it is the recording '{CALL}' under another name" in capsys.readouterr().out


def test_a_copy_needs_no_key(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do("export", str(recording(site)), "call.wav") == 0
    assert Path("call.wav").read_bytes() == PLAYED
    assert Path("call.wav").stat().st_mode & 0o077 == 0
    assert do("export", str(recording(site)), "call.wav") == 2
    assert "call.wav: File exists" in capsys.readouterr().err


def test_without_the_key_nothing_is_copied(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "recordings.keys").write_text(f"2027-01 {'11' * 32}\n")
    assert do("export", str(recording(site)), "call.wav") == 2
    assert "there is no key '2026-11'" in capsys.readouterr().err
    assert not Path("call.wav").exists()


def test_another_key_takes_the_place_of_the_first(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recordings", "new-key", "2026-12") == 0
    line = capsys.readouterr().out
    (site / "recordings.keys").write_text(f"{line}2026-11 {KEY.hex()}\n")
    assert read_keys(site / "recordings.keys").current is not None
    assert do("rekey") == 0
    assert "2 recordings are now sealed with 2026-12" in capsys.readouterr().out
    (site / "recordings.keys").write_text(line)
    assert do("verify") == 0


def test_what_cannot_get_another_key_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "recordings.keys").write_text(f"2027-01 {'11' * 32}\n")
    assert do("rekey") == 1
    assert "there is no key '2026-11'" in capsys.readouterr().err
