from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import Unavailable, UsageError
from voicecore.speech.pcm import FULL_RATE, SAMPLE_RATE, WIDE_RATE, Pcm, joined, read_wav, write_wav


def tone(
    hertz: float, rate: int, seconds: float = 1.0, level: float = 0.5
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return level * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)


def loudness(pcm: Pcm) -> float:
    middle = pcm.to_array()[800:-800]
    return float(np.sqrt(np.mean(middle**2)))


@given(st.lists(st.integers(-32768, 32767)), st.sampled_from([SAMPLE_RATE, WIDE_RATE, FULL_RATE]))
def test_samples_survive_the_way_to_numbers_and_back(samples: list[int], rate: int) -> None:
    pcm = Pcm(np.array(samples, dtype="<i2").tobytes(), rate)
    assert Pcm.from_array(pcm.to_array(), rate) == pcm


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(UsageError):
        Pcm(b"\0\0\0")


def test_a_rate_that_no_codec_has_is_refused() -> None:
    with pytest.raises(UsageError, match="44100 Hz"):
        Pcm(b"", 44_100)


def test_too_loud_numbers_are_clipped_not_wrapped() -> None:
    assert Pcm.from_array(np.array([2.0, -2.0])).samples == b"\xff\x7f\x00\x80"


def test_a_written_file_reads_back_the_same(tmp_path: Path) -> None:
    pcm = Pcm(bytes(range(256)) * 10, WIDE_RATE)
    write_wav(tmp_path / "new" / "folder" / "sound.wav", pcm)
    assert read_wav(tmp_path / "new" / "folder" / "sound.wav") == pcm


def test_writing_leaves_no_other_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "sound.wav", Pcm(bytes(320)))
    write_wav(tmp_path / "sound.wav", Pcm(bytes(640)))
    assert [path.name for path in tmp_path.iterdir()] == ["sound.wav"]
    assert read_wav(tmp_path / "sound.wav").duration_ms == 40


def test_a_folder_in_the_way_is_reported(tmp_path: Path) -> None:
    (tmp_path / "sound.wav").mkdir()
    with pytest.raises(Unavailable, match=r"sound\.wav"):
        write_wav(tmp_path / "sound.wav", Pcm(bytes(320)))
    assert [path.name for path in tmp_path.iterdir()] == ["sound.wav"]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_every_rate_keeps_length_and_level(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "tone.wav", tone(1000, rate), rate)
    pcm = read_wav(tmp_path / "tone.wav")
    assert abs(pcm.duration_ms - 1000) <= 1
    assert pcm.rate == (SAMPLE_RATE if rate == 8000 else WIDE_RATE)
    assert loudness(pcm) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_what_a_rate_cannot_carry_does_not_come_back_as_another_tone(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "high.wav", tone(5000, 48000), 48000)
    soundfile.write(tmp_path / "higher.wav", tone(10_000, 48000), 48000)
    wide = read_wav(tmp_path / "high.wav")
    assert loudness(wide) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)
    assert loudness(wide.at(SAMPLE_RATE)) < 0.5 * 10 ** (-80 / 20)
    assert loudness(read_wav(tmp_path / "higher.wav")) < 0.5 * 10 ** (-80 / 20)


def test_sounds_are_joined_at_the_highest_rate_of_them() -> None:
    narrow, wide = Pcm.from_array(tone(1000, 8000)), Pcm.from_array(tone(1000, 16_000), WIDE_RATE)
    both = joined([narrow, wide])
    assert (both.rate, both.duration_ms) == (WIDE_RATE, 2000)
    assert loudness(both) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)
    assert joined([narrow, narrow]).rate == joined([]).rate == SAMPLE_RATE


def test_channels_are_mixed_to_one(tmp_path: Path) -> None:
    left = tone(1000, 8000)
    soundfile.write(tmp_path / "stereo.wav", np.stack([left, np.zeros_like(left)], axis=1), 8000)
    assert loudness(read_wav(tmp_path / "stereo.wav")) == pytest.approx(0.25 / np.sqrt(2), rel=0.01)


def test_a_long_file_is_joined_without_a_seam(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", tone(440, 48000, seconds=4.0), 48000, subtype="FLOAT")
    joined = read_wav(tmp_path / "long.wav").to_array()
    ideal = tone(440, 16_000, seconds=4.0)
    assert np.abs(joined - ideal)[100:-100].max() < 0.001


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"nowhere\.wav"):
        read_wav(tmp_path / "nowhere.wav")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("wav") / "any.wav"
    path.write_bytes(b"RIFF" + content)
    try:
        pcm = read_wav(path)
    except Unavailable:
        return
    assert pcm.duration_ms >= 0


@pytest.mark.parametrize(
    ("rate", "highest", "kept"),
    [
        (8000, FULL_RATE, 8000),
        (16_000, FULL_RATE, 16_000),
        (24_000, FULL_RATE, FULL_RATE),
        (48_000, WIDE_RATE, 16_000),
    ],
)
def test_a_file_keeps_what_somebody_hears(tmp_path: Path, rate: int, highest: int, kept: int) -> None:
    path = tmp_path / "high.wav"
    soundfile.write(path, tone(3000, rate), rate)
    pcm = read_wav(path, highest)
    assert (pcm.rate, pcm.duration_ms) == (kept, 1000)
    assert loudness(pcm) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)
