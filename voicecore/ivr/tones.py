"""Tones that we make ourselves: a beep, a test tone, ring-back. 8 kHz mono 16-bit PCM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RATE = 8000


def tone(
    frequencies: Sequence[float], duration_ms: int, *, level_db: float = -12.0, silence_ms: int = 0
) -> bytes:
    """The sum of sines, together at `level_db` below full scale, with 5 ms ramps, then silence."""
    count = duration_ms * RATE // 1000
    time = np.arange(count) / RATE
    wave = np.sum([np.sin(2 * np.pi * hertz * time) for hertz in frequencies], axis=0)
    ramp = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (RATE * 0.005))
    amplitude = 32767 * 10 ** (level_db / 20) / len(frequencies)
    samples = np.concatenate([wave * ramp * amplitude, np.zeros(silence_ms * RATE // 1000)])
    return np.round(samples).astype("<i2").tobytes()


def beep() -> bytes:
    """Says that a recording begins."""
    return tone([1000.0], 250, silence_ms=50)


def ring_back() -> bytes:
    """What a caller hears while a phone rings: 425 Hz, 1 s on, 4 s off (ETSI TR 101 041-2)."""
    return tone([425.0], 1000, level_db=-15.0, silence_ms=4000)
