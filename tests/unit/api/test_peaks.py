"""Peaks of recordings: right for any length, kept beside the file, made by few at a time."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.store.sealing import sealed
from voicecore.api import peaks as module
from voicecore.api.peaks import IN_LINE, MOST_POINTS, SUFFIX, PeakMaker, coarser, made
from voicecore.api.problem import Problem
from voicecore.api.recording_file import RecordingFile
from voicecore.errors import Unavailable


def wav(path: Path, samples: np.ndarray) -> RecordingFile:
    soundfile.write(path, samples, 8000, "PCM_16", format="WAV")
    return RecordingFile(path, path.stat().st_size, "v")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 20_000), st.integers(1, 2), st.integers(1, MOST_POINTS), st.integers(0, 2**32 - 1))
def test_every_sample_is_in_the_part_that_shows_it(
    frames: int, channels: int, points: int, seed: int
) -> None:
    path = Path(f"/dev/shm/peaks-{os.getpid()}.wav")
    samples = np.random.default_rng(seed).integers(-32768, 32768, (frames, channels), dtype=np.int16)
    try:
        wav(path, samples)
        found = coarser(made(path), points)
    finally:
        path.unlink(missing_ok=True)
    assert found.shape == (channels, min(points, MOST_POINTS, frames))
    assert ((found >= 0) & (found <= 1)).all()
    if frames:
        loudest = np.abs(samples.astype(np.int32)).max(axis=0) / 32768
        assert np.allclose(found.max(axis=1), loudest)


async def test_peaks_are_kept_beside_the_recording_and_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = wav(tmp_path / "a.wav", np.full((8000, 1), 16_384, np.int16))
    maker = PeakMaker()
    first = await maker.peaks(file, 10)
    assert [name for name in os.listdir(tmp_path) if name.endswith(SUFFIX)] == ["a.wav.peaks.npy"]
    with monkeypatch.context() as never:
        never.setattr(module, "made", lambda path: pytest.fail("made again"))
        assert np.array_equal(await maker.peaks(file, 10), first)


async def test_peaks_of_an_older_recording_or_broken_ones_are_made_anew(tmp_path: Path) -> None:
    kept = tmp_path / f"a.wav{SUFFIX}"
    for content in (b"", b"nonsense", b"\x93NUMPY\x01\x00"):
        kept.write_bytes(content)
        file = wav(tmp_path / "a.wav", np.full((80, 1), 16_384, np.int16))
        os.utime(file.path, ns=(0, 0))
        assert (await PeakMaker().peaks(file, 1)).tolist() == [[0.5]]
    file = wav(tmp_path / "a.wav", np.zeros((80, 1), np.int16))
    os.utime(kept, ns=(0, 0))
    assert (await PeakMaker().peaks(file, 1)).tolist() == [[0.0]]


async def test_peaks_that_cannot_be_kept_are_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, peaks: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_keep", full)
    file = wav(tmp_path / "a.wav", np.full((80, 1), 16_384, np.int16))
    assert (await PeakMaker().peaks(file, 1)).tolist() == [[0.5]]


async def test_what_is_no_sound_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF but not really")
    with pytest.raises(Unavailable):
        await PeakMaker().peaks(RecordingFile(path, 19, "v"), 1)


async def test_too_many_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    file = wav(tmp_path / "a.wav", np.zeros((80, 1), np.int16))
    maker = PeakMaker()
    results = await asyncio.gather(
        *(maker.peaks(file, 1) for _ in range(IN_LINE + 3)), return_exceptions=True
    )
    problems = [one for one in results if isinstance(one, Problem)]
    assert [one.status for one in problems] == [503] * 3
    assert (await maker.peaks(file, 1)).tolist() == [[0.0]]


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([b"", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"OggS\0\2" + bytes(8)]), st.binary(max_size=300)
)
def test_any_octets_have_peaks_or_are_no_recording(head: bytes, rest: bytes) -> None:
    path = Path(f"/dev/shm/peaks-{os.getpid()}.opus")
    path.write_bytes(head + rest)
    try:
        found = made(path)
    except Unavailable:
        return
    finally:
        path.unlink()
    assert found.ndim == 2


async def test_peaks_of_a_recording_without_its_key_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav.sealed"
    path.write_bytes(sealed([b"RIFF" + bytes(60)], "a.wav"))
    with pytest.raises(Unavailable, match="there is no key"):
        await PeakMaker().peaks(RecordingFile(path, 64, "v"), 1)
