from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.config.reading import settings_of
from voicecore.config.recordings import RecordingSettings, key_faults, recording_keys
from voicecore.config.source import Source
from voicecore.errors import ConfigError
from voicecore.media.engine import RecordingFormat, RecordingLayout
from voicecore.store.recording_keys import NO_KEYS, KeyFileError

KEY = "00" * 32


def source(text: str) -> Source:
    return Source.parse(text, "a.toml")


def problems(file: Path) -> list[str]:
    text = f'[recordings]\nkey_file = "{file}"\n'
    return [str(fault) for fault in key_faults(settings_of(source(text)).recordings, source(text))]


def key_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "recordings.keys"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_what_a_file_says_is_understood() -> None:
    text = '[recordings]\ndirectory = "r"\nformat = "opus"\nlayout = "tracks"\nkey_file = "k"\n'
    text += "highest_rate = 8000\n"
    assert settings_of(source(text)).recordings == RecordingSettings(
        Path("r"), Path("k"), RecordingFormat.OPUS, RecordingLayout.PARTY, 8000
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('format = "mp3"', "'mp3' is none of wav, opus"),
        ('layout = "wide"', "'wide' is none of stereo, mono, tracks"),
        ("key_file = 7", "the number 7"),
        ("highest_rate = 11025", "recordings have no 11025 Hz"),
        ("highest_rate = 96000", "not a whole number from 8000 to 48000"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(source(f"[recordings]\n{line}\n"))
    (fault,) = caught.value.faults
    assert (fault.line, words in fault.problem) == (2, True)


def test_a_right_key_file_is_no_fault(tmp_path: Path) -> None:
    path = key_file(tmp_path, f"2026-11 {KEY}\n")
    assert problems(path) == []
    assert recording_keys(RecordingSettings(tmp_path, path)).current == ("2026-11", bytes(32))
    assert recording_keys(RecordingSettings(tmp_path)) is NO_KEYS


def test_a_wrong_line_is_told_with_both_places(tmp_path: Path) -> None:
    path = key_file(tmp_path, f"2026-11 {KEY}\n2026-12 short\n")
    (problem,) = problems(path)
    assert problem.startswith(f"a.toml:2: recordings.key_file: {path}:2: the key 2026-12 is not 32 octets")
    assert "voicecore recordings new-key" in problem
    with pytest.raises(KeyFileError):
        recording_keys(RecordingSettings(tmp_path, path))


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "none")
    assert "cannot be read" in problem


def test_keys_that_others_can_read_are_a_fault(tmp_path: Path) -> None:
    (problem,) = problems(key_file(tmp_path, f"2026-11 {KEY}\n", 0o640))
    assert "chmod 600" in problem
