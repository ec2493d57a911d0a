"""Tones that we make ourselves: a beep, a test tone, the tones of a network. 8 kHz mono 16-bit PCM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voicecore.errors import UsageError
from voicecore.media.call_progress import Burst, ProgressTone, tones_of

RATE = 8000
NETWORK_LEVEL_DB = -16.0
"""Of a network tone's RMS below full scale: -13 dBm0, as loud as a network's own."""
_EDGE_S = 0.004
"""How long a burst rises and falls, against clicks."""


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


def network_tone(tone: ProgressTone, country: str) -> bytes:
    """One round of a tone as that country's network makes it; repeat it for as long as needed.

    Raises UsageError for a tone that no network makes, such as a fax machine's.
    """
    cadence = tones_of(country).get(tone)
    if cadence is None:
        raise UsageError(f"no network makes the tone {tone.value}")
    waves = [_wave(burst, steady=len(cadence) == 1) for burst in cadence]
    return np.round(np.concatenate(waves)).astype("<i2").tobytes()


def _wave(burst: Burst, *, steady: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time = np.arange(round(burst.seconds * RATE)) / RATE
    if not burst.hertz:
        return np.zeros_like(time)
    waves = np.sum([np.sin(2 * np.pi * hertz * time) for hertz in burst.hertz], axis=0)
    peak = 32768 * 10 ** (NETWORK_LEVEL_DB / 20) * np.sqrt(2 / len(burst.hertz))
    edge = 1.0 if steady else np.clip(np.minimum(time, burst.seconds - time) / _EDGE_S, 0.0, 1.0)
    return np.asarray(peak * waves * edge, dtype=np.float64)
