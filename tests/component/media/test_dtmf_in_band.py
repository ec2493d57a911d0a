"""In-band DTMF against an independent sender and receiver, and against speech and music."""

from __future__ import annotations

import math
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.component.media import spandsp
from tests.component.media.spandsp import COLUMNS, KEYS, ROWS, Samples
from voicecore.media import _native

SOUNDS = Path(os.environ.get("VOICECORE_ASTERISK_SOUNDS", "/usr/share/asterisk"))
"""Where asterisk-core-sounds-en-wav and asterisk-moh-opsound-wav are unpacked."""


def found(samples: Samples) -> str:
    return "".join(digit for digit, _ in _native.find_digits(samples.tobytes()))


def moved(frequency: float, share: float) -> int:
    """The whole Hz nearest to a frequency off by a share: what is to be found inside it, what is not outside."""
    whole = math.floor if abs(share) < 0.02 else math.ceil
    return int(frequency + math.copysign(whole(abs(frequency * share)), share))


def every_key(
    *, row_off: float = 0.0, column_off: float = 0.0, row_dbm0: int = -13, column_dbm0: int = -13
) -> list[tuple[str, Samples]]:
    return [
        (
            KEYS[4 * row + column],
            spandsp.key(
                moved(ROWS[row], row_off),
                moved(COLUMNS[column], column_off),
                row_dbm0=row_dbm0,
                column_dbm0=column_dbm0,
            ),
        )
        for row in range(4)
        for column in range(4)
    ]


def test_all_sixteen_keys_of_another_sender_are_found() -> None:
    assert found(spandsp.send(KEYS)) == KEYS


def test_another_receiver_finds_all_sixteen_of_our_keys() -> None:
    tones = np.frombuffer(_native.digit_tones(KEYS, duration_ms=50, gap_ms=50), dtype=np.int16)
    assert spandsp.receive(tones) == KEYS


@pytest.mark.parametrize("column", [0.015, 0, -0.015])
@pytest.mark.parametrize("row", [0.015, 0, -0.015])
def test_frequencies_one_and_a_half_percent_off_are_found(row: float, column: float) -> None:
    for digit, samples in every_key(row_off=row, column_off=column):
        assert found(samples) == digit


@pytest.mark.parametrize(
    ("row", "column"),
    [(0.035, 0), (-0.035, 0), (0, 0.035), (0, -0.035), (0.035, 0.035), (-0.035, -0.035), (0.035, -0.035)],
)
def test_frequencies_three_and_a_half_percent_off_are_refused(row: float, column: float) -> None:
    for digit, samples in every_key(row_off=row, column_off=column):
        assert found(samples) == "", digit


@pytest.mark.parametrize(("row", "column"), [(-18, -10), (-10, -14), (-30, -30), (-6, -6)])
def test_a_twist_of_eight_and_minus_four_decibels_is_found_loud_and_quiet(row: int, column: int) -> None:
    for digit, samples in every_key(row_dbm0=row, column_dbm0=column):
        assert found(samples) == digit


def test_forty_milliseconds_on_and_off_are_found_wherever_they_begin() -> None:
    for shift in range(0, 40, 3):
        parts = [
            spandsp.key(int(ROWS[number // 4]), int(COLUMNS[number % 4]), on_ms=40, off_ms=40)
            for number in range(16)
        ]
        assert found(np.concatenate([np.zeros(shift, dtype=np.int16), *parts])) == KEYS


def test_noise_fifteen_decibels_below_the_tones_hides_no_key() -> None:
    random = np.random.default_rng(4733)
    parts = [
        spandsp.key(int(ROWS[number // 4]), int(COLUMNS[number % 4]), on_ms=40, off_ms=40)
        for number in range(16)
    ] * 20
    tones = np.concatenate(parts).astype(float)
    power = np.mean(parts[0][:320].astype(float) ** 2)
    noise = random.normal(0, math.sqrt(power / 10**1.5), len(tones))
    assert found((tones + noise).astype(np.int16)) == KEYS * 20


@pytest.mark.parametrize(("folder", "minutes"), [("sounds", 25), ("moh", 17.5)])
def test_speech_and_music_hold_no_key(folder: str, minutes: float) -> None:
    files = sorted((SOUNDS / folder).rglob("*.wav"))
    if not files:
        pytest.skip(f"the Asterisk {folder} are not installed")
    seconds = 0.0
    for path in files:
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            samples = file.readframes(file.getnframes())
            seconds += file.getnframes() / 8000
        assert _native.find_digits(samples) == [], path.name
    assert seconds >= minutes * 60
