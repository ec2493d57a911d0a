"""Sound to the log-mel frames that whisper models were trained on."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 16_000
"""Samples a second that whisper hears."""

_WINDOW: Final = 400
_HOP: Final = 160
_BANDS: Final = 80
_LINEAR_TO_HZ: Final = 1000.0
_HZ_A_LINEAR_MEL: Final = 200.0 / 3
_STEPS_AN_OCTAVE: Final = 27.0 / np.log(6.4)  # Slaney's mel scale is logarithmic above 1 kHz

Frames = npt.NDArray[np.float32]


def log_mel(samples: npt.NDArray[np.float32], seconds: float) -> Frames:
    """80 bands by 100 frames a second; what is shorter than `seconds` is followed by silence, the rest is cut."""
    length = round(seconds * RATE)
    padded = np.zeros(length + _WINDOW, np.float32)
    heard = samples[:length]
    padded[_WINDOW // 2 : _WINDOW // 2 + len(heard)] = heard
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[:length:_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW + 1)[:-1])) ** 2
    bands = np.log10(np.maximum(_filters() @ power.T, 1e-10))
    floored = np.maximum(bands, bands.max() - 8.0)
    return np.ascontiguousarray((floored + 4.0) / 4.0, dtype=np.float32)


@lru_cache(maxsize=1)
def _filters() -> npt.NDArray[np.float64]:
    """Triangles of equal area, evenly spaced in mel, over the bins of the spectrum."""
    edges = _hertz(np.linspace(0.0, _mel(RATE / 2), _BANDS + 2))
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles: npt.NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]


def _mel(hertz: float) -> float:
    if hertz < _LINEAR_TO_HZ:
        return hertz / _HZ_A_LINEAR_MEL
    octaves = float(np.log(hertz / _LINEAR_TO_HZ) * _STEPS_AN_OCTAVE)
    return _LINEAR_TO_HZ / _HZ_A_LINEAR_MEL + octaves


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _LINEAR_TO_HZ / _HZ_A_LINEAR_MEL
    curved = _LINEAR_TO_HZ * np.exp((mel - knee) / _STEPS_AN_OCTAVE)
    return np.where(mel < knee, mel * _HZ_A_LINEAR_MEL, curved)
