from __future__ import annotations

import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.unit.store.sealing import KEYS, sealed
from voicecore.calls.recovery import recover_recordings
from voicecore.ids import CallId
from voicecore.store.records import CallEnd, CallFile, CallRecord
from voicecore.testing.memory_store import MemoryStore


def stored(id: str, end: CallEnd) -> CallFile:
    started = datetime(2026, 11, 23, tzinfo=UTC)
    return CallFile(CallRecord(CallId(id), "1000", "sip:a@b", "f:g", started, end=end))


def write_wav(path: Path, seconds: float, channels: int, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(int(seconds * rate) * 2 * channels))


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
async def test_the_recordings_of_an_interrupted_call_are_found(tmp_path: Path, rate: int) -> None:
    store = MemoryStore()
    await store.finish(stored("one", CallEnd.INTERRUPTED))
    write_wav(tmp_path / "2026-11-23" / "one-call-1.wav", 3.5, 2, rate)
    assert await recover_recordings(store, tmp_path) == 1
    assert [(r.duration_ms, r.channels) for r in store.files[-1].recordings] == [(3500, 2)]


@pytest.mark.parametrize("end", [CallEnd.CALLER_HUNG_UP, None])
async def test_other_calls_are_left_alone(tmp_path: Path, end: CallEnd) -> None:
    store = MemoryStore()
    await store.finish(stored("one", end))
    write_wav(tmp_path / "2026-11-23" / "one-call-1.wav", 1, 2)
    assert await recover_recordings(store, tmp_path) == 0


async def test_a_file_that_is_no_wav_is_left_out(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.finish(stored("one", CallEnd.INTERRUPTED))
    (tmp_path / "2026-11-23").mkdir()
    (tmp_path / "2026-11-23" / "one-call-1.wav").write_bytes(b"RIFF")
    assert await recover_recordings(store, tmp_path) == 0


async def test_a_sealed_recording_is_found_with_its_key_and_left_out_without(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.finish(stored("one", CallEnd.INTERRUPTED))
    path = tmp_path / "2026-11-23" / "one-call-1.wav"
    write_wav(path, 2, 1)
    cut_short = sealed([path.read_bytes()], path.name, end=False)
    path.with_name(path.name + ".sealed").write_bytes(cut_short)
    path.unlink()
    assert await recover_recordings(store, tmp_path) == 0
    assert await recover_recordings(store, tmp_path, KEYS) == 1
    assert store.files[-1].recordings[0].duration_ms == 2000


async def test_an_opus_recording_is_found(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.finish(stored("one", CallEnd.INTERRUPTED))
    (tmp_path / "2026-11-23").mkdir()
    path = tmp_path / "2026-11-23" / "one-call-1.opus"
    soundfile.write(path, np.zeros((16_000, 2)), 8000, format="OGG", subtype="OPUS")
    assert await recover_recordings(store, tmp_path) == 1
    assert [(r.duration_ms, r.channels) for r in store.files[-1].recordings] == [(2000, 2)]
