"""Recordings as files."""

from __future__ import annotations

import resource
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.component.media import g711
from tests.component.media.peer import Bench
from voicecore.media import _native


def read(path: Path) -> g711.Samples:
    """The samples of a 16-bit file at 8 kHz: a column a channel."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert len(samples) == file.getnframes() * file.getnchannels()
        return samples.reshape(-1, file.getnchannels())


def onset(samples: g711.Samples) -> int:
    """Where it first gets loud."""
    return int(np.argmax(np.abs(samples.astype(int)) > 1000))


def test_both_sides_are_in_the_file_and_aligned(bench: Bench, tmp_path: Path) -> None:
    """An echo: the right side says what the left said, at the moment at which it was heard."""
    path = tmp_path / "call.wav"
    peer = bench.leg(1)
    bench.engine.hear(1, [1])
    bench.engine.record(1, 5, str(path))
    silence = [b"\xff" * 160] * 15
    peer.talk(bench.ports[1], silence + g711.packets(g711.tone(500, 0.5)) + silence)
    bench.engine.stop_recording(1, 5)
    finished = bench.event(_native.RECORDING_FINISHED, 1)
    samples = read(path)
    assert samples.shape[1] == 2
    assert finished[3:] == (5, len(samples) // 8, 0)
    assert len(samples) >= 50 * 160
    left, right = onset(samples[:, 0]), onset(samples[:, 1])
    assert left > 0
    assert abs(left - right) <= 40 * 8


def test_what_is_played_is_on_the_right_side(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    said = g711.tone(700, 0.4)
    bench.engine.load_sound(1, said.tobytes())
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path))
    bench.engine.play(1, 6, [1])
    peer.receive_many(25)
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    samples = read(path)
    right = samples[:, 1]
    start = onset(right) - onset(said)
    heard = right[start : start + len(said)].astype(int)
    assert np.max(np.abs(heard - g711.decode(g711.encode(said)))) <= 1
    assert not samples[:, 0].any()


def test_mono_holds_the_peer_only(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path), layout="party")
    peer.talk(bench.ports[1], g711.packets(g711.tone(500, 0.6)))
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    samples = read(path)
    assert samples.shape[1] == 1
    assert np.abs(samples.astype(int)).max() > 5000


def test_a_growing_file_is_playable_before_its_end(bench: Bench, tmp_path: Path) -> None:
    """As it would be found after a kill."""
    path = tmp_path / "killed.wav"
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path))
    peer.receive_many(75)
    found = read(path)
    assert found.shape[1] == 2
    assert len(found) >= 4000


def test_a_recording_is_complete_before_its_leg_is_closed(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path))
    peer.receive_many(10)
    bench.close_leg(1)
    assert [event[0] for event in bench.kept(1)] == [_native.RECORDING_FINISHED]
    duration_ms = bench.event(_native.RECORDING_FINISHED, 1)[4]
    assert isinstance(duration_ms, int)
    assert duration_ms >= 180
    assert len(read(path)) == duration_ms * 8


def test_a_file_that_cannot_be_written_is_told_and_the_call_goes_on(bench: Bench, tmp_path: Path) -> None:
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(tmp_path / "missing" / "call.wav"))
    failed = bench.event(_native.RECORDING_FAILED, 1)
    assert failed[3] == 5
    assert "missing" in str(failed[4])
    assert len(peer.receive_many(5)) == 5
    bench.close_leg(1)


def test_a_leg_has_a_bounded_number_of_recordings(bench: Bench, tmp_path: Path) -> None:
    bench.leg(1).receive()
    for recording in range(4):
        bench.engine.record(1, recording, str(tmp_path / f"{recording}.wav"))
    with pytest.raises(ValueError, match="at most 4"):
        bench.engine.record(1, 9, str(tmp_path / "9.wav"))


def test_opus_sounds_like_what_was_said_on_the_side_on_which_it_was_said(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "call.opus"
    said, played = chirp(300, 1500), chirp(2500, 900)
    bench.engine.load_sound(1, played.tobytes())
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path), format="opus")
    bench.engine.play(1, 6, [1])
    peer.talk(bench.ports[1], g711.packets(np.concatenate([said, np.zeros(3200, np.int16)])))
    bench.engine.stop_recording(1, 5)
    finished = bench.event(_native.RECORDING_FINISHED, 1)
    heard, rate = soundfile.read(path, always_2d=True)
    assert len(heard) / rate == finished[4] / 1000  # type: ignore[operator]
    left, right = (heard[:: rate // 8000, side] for side in (0, 1))
    assert likeness(left, said) > 0.8
    assert likeness(right, played) > 0.8
    assert likeness(left, played) < 0.5
    assert likeness(right, said) < 0.5


def test_a_growing_opus_file_is_playable_before_its_end(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "killed.opus"
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path), format="opus")
    peer.receive_many(75)
    with soundfile.SoundFile(path) as sound:
        assert sound.channels == 2
        assert sound.frames / sound.samplerate >= 0.4


@pytest.mark.parametrize("format", ["wav", "opus"])
def test_a_full_disk_is_told_and_no_packet_is_late(bench: Bench, format: str) -> None:
    peer = bench.leg(1)
    bench.engine.record(1, 5, "/dev/full", format=format)
    failed = bench.event(_native.RECORDING_FAILED, 1)
    assert "No space left" in str(failed[4])
    assert failed[5:] == (0, 0)
    assert len({packet.sequence for packet in peer.receive_many(10)}) == 10
    bench.close_leg(1)


@pytest.mark.parametrize("format", ["wav", "opus"])
def test_what_a_disk_took_before_it_was_full_is_told_and_plays(
    bench: Bench, tmp_path: Path, format: str
) -> None:
    path = tmp_path / f"call.{format}"
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path), format=format)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000 if format == "wav" else 8000, limits[1]))
    try:
        peer.talk(bench.ports[1], g711.packets(chirp(300, 3000, 3.5)))
        failed = bench.event(_native.RECORDING_FAILED, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    problem, kept_ms, lost_ms = failed[4:]
    assert "File too large" in str(problem)
    assert isinstance(kept_ms, int)
    assert kept_ms >= 400
    assert lost_ms == 0
    sound = soundfile.info(path)
    assert sound.frames * 1000 / sound.samplerate == pytest.approx(
        kept_ms, abs=20 if format == "wav" else 120
    )


def chirp(first: float, last: float, seconds: float = 1.2) -> g711.Samples:
    time = np.arange(round(seconds * 8000)) / 8000
    phase = 2 * np.pi * (first * time + (last - first) * time**2 / (2 * seconds))
    return np.asarray(8000 * np.sin(phase), np.int16)


def likeness(heard: np.ndarray, said: g711.Samples) -> float:
    """The best correlation at any delay, 1 for the same sound at another level."""
    reference = said / np.linalg.norm(said.astype(float))
    found = np.abs(np.correlate(heard.astype(float), reference, "valid"))
    energy = np.sqrt(np.convolve(heard.astype(float) ** 2, np.ones(len(said)), "valid"))
    return float(np.max(found / np.maximum(energy, 1e-9)))
