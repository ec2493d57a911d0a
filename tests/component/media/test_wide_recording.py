"""Recordings at 16 kHz: what is above 4 kHz is in the file, in every format, layout and after every change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.component.media import g711, opus
from tests.component.media.peer import Bench, Peer
from tests.component.media.spandsp import Samples
from tests.component.media.test_masking import marked
from tests.component.media.test_wideband import level, tone, wide
from tests.unit.store.sealing import KEY, KEYS
from voicecore.media import _native
from voicecore.store.recording_source import SourceStream, opened
from voicecore.store.sealed_file import SealedFile

HIGH = 6000
"""A frequency that no file at 8 kHz holds."""
LOUD = 5000
"""Of a tone of 8000."""
RATE = 16_000


def send(bench: Bench, peer: Peer, said: list[bytes], codec: str = "G722") -> None:
    """One packet for each that it receives, as a phone with the same clock would."""
    for payload in said:
        peer.receive()
        opus.speak(peer, bench.ports[1], payload, codec)


def talk(bench: Bench, peer: Peer, hertz: float, seconds: float = 0.6) -> None:
    send(bench, peer, wide(tone(hertz, seconds, RATE)))


def finished(bench: Bench, path: Path) -> Samples:
    """What is in the file: a column a channel."""
    bench.engine.stop_recording(1, 5)
    told = bench.event(_native.RECORDING_FINISHED, 1)
    heard, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert (rate, told[4]) == (RATE, len(heard) * 1000 // RATE)
    return np.asarray(heard)


@pytest.mark.parametrize("format", ["wav", "opus"])
def test_high_frequencies_of_a_g722_leg_are_on_both_sides(bench: Bench, tmp_path: Path, format: str) -> None:
    path = tmp_path / f"call.{format}"
    peer = bench.leg(1, codec="G722")
    bench.engine.hear(1, [1])
    bench.engine.record(1, 5, str(path), format=format)
    talk(bench, peer, HIGH, 0.8)
    both = finished(bench, path)
    assert both.shape[1] == 2
    for side in range(2):
        assert level(both[:, side], HIGH, RATE) > LOUD


def test_high_frequencies_of_an_opus_leg_are_in_the_file(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    peer = bench.leg(1, codec="opus")
    bench.engine.record(1, 5, str(path), layout="party")
    send(bench, peer, opus.encode(tone(HIGH, 0.8, opus.RATE)), "opus")
    heard = finished(bench, path)
    assert heard.shape[1] == 1
    assert level(heard[:, 0], HIGH, RATE) > LOUD


def test_both_sides_in_one_channel_are_the_sum(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    peer = bench.leg(1, codec="G722")
    bench.engine.load_sound(1, tone(700, 2.0, 8000).tobytes())
    bench.engine.record(1, 5, str(path), layout="mixed")
    bench.engine.play(1, 7, [1])
    talk(bench, peer, HIGH)
    heard = finished(bench, path)[:, 0]
    assert level(heard, HIGH, RATE) > LOUD
    assert level(heard, 700, RATE) > LOUD


def test_what_comes_after_a_change_to_a_narrow_codec_is_brought_up(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    peer = bench.leg(1, codec="G722")
    bench.engine.record(1, 5, str(path), layout="party")
    talk(bench, peer, HIGH, 0.3)
    bench.configure(1, peer, codec="PCMU")
    send(bench, peer, g711.packets(tone(1000, 0.8, 8000)), "PCMU")
    heard = finished(bench, path)[:, 0]
    assert level(heard, 1000, RATE) > LOUD
    # Its mirror image.
    assert level(heard, 7000, RATE) < 40


def test_a_file_that_began_narrow_stays_so(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    peer = bench.leg(1)
    bench.engine.record(1, 5, str(path), layout="party")
    bench.configure(1, peer, codec="G722")
    talk(bench, peer, 1000)
    bench.engine.stop_recording(1, 5)
    bench.event(_native.RECORDING_FINISHED, 1)
    heard, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    assert level(heard, 1000, 8000) > LOUD


def test_files_of_both_rates_at_once(bench: Bench, tmp_path: Path) -> None:
    narrow, path = tmp_path / "narrow.wav", tmp_path / "wide.wav"
    peer = bench.leg(1, codec="G722")
    bench.engine.record(1, 4, str(narrow), layout="party", highest_rate=8000)
    bench.engine.record(1, 5, str(path), layout="party")
    both = tone(1000, 0.6, RATE) // 2 + tone(HIGH, 0.6, RATE) // 2
    send(bench, peer, wide(both))
    heard = finished(bench, path)[:, 0]
    assert min(level(heard, 1000, RATE), level(heard, HIGH, RATE)) > LOUD / 2
    bench.engine.stop_recording(1, 4)
    bench.event(_native.RECORDING_FINISHED, 1)
    telephone, rate = soundfile.read(narrow, dtype="int16")
    assert (rate, level(telephone, 1000, 8000) > LOUD / 2) == (8000, True)
    # 6 kHz would be heard as 2 kHz.
    assert level(telephone, 2000, 8000) < 40


def test_sides_are_aligned_and_marks_and_silences_are_where_they_are_told(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "call.wav"
    peer = bench.leg(1, codec="G722")
    bench.engine.hear(1, [1])
    bench.engine.record(1, 5, str(path))
    talk(bench, peer, 1000, 0.4)
    bench.engine.hush_recording(1, 5, True, 1)
    began = marked(bench)
    talk(bench, peer, 1000, 0.4)
    bench.engine.hush_recording(1, 5, False, 2)
    talk(bench, peer, 1000, 0.6)
    ended = marked(bench)
    both = finished(bench, path).astype(int)
    # Places are told in milliseconds, `marked` gives them at 8 kHz.
    first, last = 2 * began[1], 2 * ended[1]
    assert 0 < first < last < len(both)
    assert not both[first:last, 0].any()
    # The right side is held back by what the jitter buffer held back of the left.
    assert not both[first + RATE * 150 // 1000 : last, 1].any()
    for start in (0, last):
        onsets = [int(np.argmax(np.abs(both[start:, side]) > 1000)) for side in range(2)]
        assert abs(onsets[0] - onsets[1]) <= 40 * RATE // 1000


def test_a_sealed_file_is_whole_and_holds_high_frequencies(tmp_path: Path) -> None:
    path = tmp_path / "call.wav.sealed"
    with Bench(recording_key=("2026-11", KEY)) as bench:
        peer = bench.leg(1, codec="G722")
        bench.engine.record(1, 5, str(path))
        talk(bench, peer, HIGH)
        bench.engine.stop_recording(1, 5)
        told = bench.event(_native.RECORDING_FINISHED, 1)
    with path.open("rb") as stream:
        assert SealedFile(stream.fileno(), KEYS).verify().is_whole
    with opened(path, KEYS) as source:
        heard, rate = soundfile.read(SourceStream(source), dtype="int16", always_2d=True)
    assert (rate, told[4]) == (RATE, len(heard) * 1000 // RATE)
    assert level(heard[:, 0], HIGH, RATE) > LOUD


def test_a_file_that_has_no_end_yet_is_playable(bench: Bench, tmp_path: Path) -> None:
    """As it would be found after a kill."""
    path = tmp_path / "killed.wav"
    peer = bench.leg(1, codec="G722")
    bench.engine.record(1, 5, str(path))
    peer.receive_many(75)
    with soundfile.SoundFile(path) as sound:
        assert (sound.samplerate, sound.channels) == (RATE, 2)
        assert sound.frames >= RATE // 2


def test_a_rate_that_no_file_has_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.leg(1)
    with pytest.raises(ValueError, match="8,000, 16,000 or 48,000"):
        bench.engine.record(1, 5, str(tmp_path / "a.wav"), highest_rate=11_025)


def test_opus_recordings_hold_as_much_as_the_engine_decodes(tmp_path: Path, bench: Bench) -> None:
    """The encoder of the file is told its rate: with that of 8 kHz speech it would leave half of it out."""
    path = tmp_path / "call.opus"
    peer = bench.leg(1, codec="L16/16000")
    bench.engine.record(1, 5, str(path), layout="party", format="opus")
    samples = opus.speech(0.8, RATE)
    said = [samples[at : at + 320].astype(">i2").tobytes() for at in range(0, len(samples), 320)]
    send(bench, peer, said, "L16/16000")
    heard = finished(bench, path)[:, 0].astype(float)
    assert band(heard) > band(samples.astype(float)) / 4


def band(samples: Samples | np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The share of the power that lies from 4.5 to 7 kHz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(power[(hertz > 4500) & (hertz < 7000)].sum() / power.sum())
