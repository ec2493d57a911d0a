"""What is pressed while a recording is hushed is not in it, and what is said before and after is."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench
from tests.component.media.test_recording import read
from voicecore.media import _native

CARD = "4929123"
RATE = 8000


def talk(bench: Bench, samples: g711.Samples, leg: int = 1) -> None:
    """The leg's peer says all of it, in time."""
    bench.peers[leg - 1].talk(bench.ports[leg], g711.packets(samples))


def silence(seconds: float) -> g711.Samples:
    return np.zeros(round(seconds * RATE), np.int16)


def marked(bench: Bench, leg: int = 1) -> tuple[int, int]:
    """The number and the place, in frames, of the next mark."""
    event = bench.event(_native.RECORDING_MARKED, leg)
    number, position_ms = event[4], event[5]
    assert isinstance(number, int)
    assert isinstance(position_ms, int)
    return number, position_ms * RATE // 1000


@pytest.mark.parametrize("way", ["in-band", "both"])
def test_no_key_of_a_hushed_recording_is_found_in_it(bench: Bench, tmp_path: Path, way: str) -> None:
    path = tmp_path / "card.wav"
    bench.configure(1, bench.leg(1), digit_way=way)
    bench.engine.hear(1, [1])
    bench.engine.record(1, 5, str(path))
    talk(bench, np.concatenate([silence(0.2), g711.tone(500, 0.3), silence(0.2)]))
    bench.engine.hush_recording(1, 5, True, 1)
    began = marked(bench)
    # The last key goes on when the end is asked for.
    keys = spandsp.send(CARD)[: len(CARD) * 800 - 700]
    talk(bench, keys)
    bench.engine.hush_recording(1, 5, False, 2)
    talk(bench, np.concatenate([spandsp.key(697, 1209, on_ms=200, off_ms=100), silence(0.6)]))
    ended = marked(bench)
    talk(bench, np.concatenate([g711.tone(700, 0.3), silence(0.2)]))
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    samples = read(path)
    assert (began[0], ended[0]) == (1, 2)
    assert 0 < began[1] < ended[1] < len(samples)
    for side in (samples[:, 0], samples[:, 1]):
        assert spandsp.receive(side) == ""
        assert np.abs(side[: began[1]].astype(int)).max() > 5000
        assert np.abs(side[ended[1] :].astype(int)).max() > 5000
    left = samples[:, 0]
    assert not left[began[1] : ended[1]].any()
    assert ended[1] - began[1] >= len(keys)


def test_keys_that_another_party_hears_are_not_in_its_recording(bench: Bench, tmp_path: Path) -> None:
    """The agent's recording, while the caller presses."""
    path = tmp_path / "agent.wav"
    bench.configure(1, bench.leg(1), digit_way="in-band")
    bench.configure(2, bench.leg(2, near=1), digit_way="in-band")
    bench.engine.hear(2, [1])
    bench.engine.record(2, 5, str(path))
    bench.engine.hush_recording(2, 5, True, 1)
    marked(bench, 2)
    talk(bench, spandsp.send(CARD)[: len(CARD) * 800 - 700])
    bench.engine.hush_recording(2, 5, False, 2)
    talk(bench, np.concatenate([spandsp.key(697, 1209, on_ms=200, off_ms=100), silence(0.6)]))
    marked(bench, 2)
    talk(bench, np.concatenate([g711.tone(700, 0.3), silence(0.2)]))
    bench.engine.stop_recording(2, 5)
    bench.event(_native.RECORDING_FINISHED, 2)
    right = read(path)[:, 1]
    assert spandsp.receive(right) == ""
    assert np.abs(right.astype(int)).max() > 5000


def test_keys_are_found_in_a_recording_that_is_not_hushed(bench: Bench, tmp_path: Path) -> None:
    """The judge hears them, so that its silence means something."""
    path = tmp_path / "open.wav"
    bench.leg(1)
    bench.engine.record(1, 5, str(path))
    talk(bench, np.concatenate([silence(0.2), spandsp.send(CARD), silence(0.2)]))
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    assert spandsp.receive(read(path)[:, 0]) == CARD


def test_marks_are_told_in_the_order_of_the_sound(bench: Bench, tmp_path: Path) -> None:
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(tmp_path / "marks.wav"))
    places = []
    for number in range(3):
        peer.receive_many(10)
        bench.engine.mark_recording(1, 5, number)
        places.append(marked(bench))
    assert [number for number, _ in places] == [0, 1, 2]
    steps = np.diff([place for _, place in places])
    assert (steps >= 1000).all()


def test_files_of_several_legs_lie_along_one_clock(bench: Bench, tmp_path: Path) -> None:
    """Both legs get the same tone at the same time; one is recorded later, and its file says so with silence."""
    one, other = bench.leg(1), bench.leg(2, near=1)
    paths = [str(tmp_path / f"{leg}.wav") for leg in (1, 2)]
    since = time.monotonic_ns()
    said = [*g711.packets(silence(0.2)), *g711.packets(g711.tone(500, 0.3)), *g711.packets(silence(0.4))]
    bench.engine.record(1, 5, paths[0], layout="party", since_ns=since)
    for number, payload in enumerate(said):
        one.receive()
        other.receive()
        one.send(bench.ports[1], payload)
        other.send(bench.ports[2], payload)
        if number == 5:
            bench.engine.record(2, 6, paths[1], layout="party", since_ns=since)
    bench.engine.stop_recording(1, 5)
    bench.engine.stop_recording(2, 6)
    for leg in (1, 2):
        bench.event(_native.RECORDING_FINISHED, leg)
    first, second = (read(Path(path))[:, 0].astype(int) for path in paths)
    length = min(len(first), len(second))
    onsets = [int(np.argmax(np.abs(track[:length]) > 1000)) for track in (first, second)]
    assert min(onsets) > 1000
    assert abs(onsets[0] - onsets[1]) <= 60 * 8
    assert not second[:800].any()
