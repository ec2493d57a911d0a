"""Sealed recordings as the engine writes them, read by the independent reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.component.media import g711
from tests.component.media.peer import Bench
from tests.unit.store.sealing import KEY, KEYS
from voicecore.media import _native
from voicecore.store.recording_source import SourceStream, opened, size_of
from voicecore.store.sealed_file import SealedFile, read_header


@pytest.fixture
def sealing() -> Iterator[Bench]:
    with Bench(recording_key=("2026-11", KEY)) as bench:
        yield bench


@pytest.mark.parametrize("format", ["wav", "opus"])
def test_what_was_said_is_read_with_the_key_alone(sealing: Bench, tmp_path: Path, format: str) -> None:
    path = tmp_path / f"call.{format}.sealed"
    said = g711.tone(500, 0.8)
    peer = sealing.leg(1)
    sealing.engine.record(1, 5, str(path), format=format)
    peer.talk(sealing.ports[1], g711.packets(said))
    sealing.engine.stop_recording(1, 5)
    finished = sealing.event(_native.RECORDING_FINISHED, 1)
    with opened(path, KEYS) as source:
        heard, rate = soundfile.read(SourceStream(source), dtype="int16", always_2d=True)
        assert source.size == size_of(path).size
    assert finished[4] == len(heard) * 1000 // rate
    assert np.abs(heard[:, 0].astype(int)).max() > 5000
    with path.open("rb") as stream:
        assert SealedFile(stream.fileno(), KEYS).verify().is_whole
        assert read_header(stream.fileno()).label == f"call.{format}"
    octets = path.read_bytes()
    assert not any(magic in octets for magic in (b"RIFF", b"data", b"OggS", b"OpusHead"))
    assert path.stat().st_mode & 0o077 == 0


CHILD = """
import sys, tests.component.media.peer as peer
with peer.Bench(34300, 34319, 1, ("2026-11", bytes(range(32)))) as bench:
    phone = bench.leg(1)
    bench.engine.record(1, 5, sys.argv[1], format=sys.argv[2])
    phone.receive_many(75)
    print("75 packets", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("format", ["wav", "opus"])
def test_what_a_killed_process_wrote_is_readable(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"killed.{format}.sealed"
    command = [sys.executable, "-c", CHILD, str(path), format]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "75 packets\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    with path.open("rb") as stream:
        found = SealedFile(stream.fileno(), KEYS).verify()
    assert not found.is_whole
    with opened(path, KEYS) as source, soundfile.SoundFile(SourceStream(source)) as sound:
        # One second and a half less what a stalled machine holds back.
        assert sound.frames / sound.samplerate >= 0.4
