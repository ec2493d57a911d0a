from __future__ import annotations

import asyncio
from pathlib import Path

from voicecore.speech.music import TUNE_FILE, MusicOnHold
from voicecore.speech.pcm import Pcm, read_wav, write_wav
from voicecore.speech.tune import tune

FIRST, SECOND = Pcm(b"\x01\x00" * 800), Pcm(b"\x02\x00" * 800)


def sounds(directory: Path) -> list[Pcm]:
    return asyncio.run(MusicOnHold(directory).sounds())


def test_without_files_our_tune_is_made_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    assert sounds(folder) == [tune()]
    assert read_wav(folder / TUNE_FILE) == tune()


def test_the_kept_tune_is_read_not_made_again(tmp_path: Path) -> None:
    write_wav(tmp_path / TUNE_FILE, FIRST)
    assert sounds(tmp_path) == [FIRST]


def test_the_operators_files_play_by_name_and_replace_our_tune(tmp_path: Path) -> None:
    write_wav(tmp_path / TUNE_FILE, tune())
    write_wav(tmp_path / "2.wav", SECOND)
    write_wav(tmp_path / "1.WAV", FIRST)
    (tmp_path / "readme.txt").write_text("not music")
    assert sounds(tmp_path) == [FIRST, SECOND]


def test_a_broken_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "1.wav").write_bytes(b"not sound")
    write_wav(tmp_path / "2.wav", SECOND)
    assert sounds(tmp_path) == [SECOND]


def test_there_is_music_even_where_the_folder_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "music").write_bytes(b"a file in the folder's place")
    assert sounds(tmp_path / "music") == [tune()]
