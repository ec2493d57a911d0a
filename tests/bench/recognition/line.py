"""A telephone line in numbers: 300 to 3400 Hz, G.711 mu-law, and noise where it is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

RATE = 8000

Samples = npt.NDArray[np.int16]


def over_the_phone(path: Path, *, noise_db: float | None = None) -> Samples:
    """A file as the far end of a call hears it. `noise_db`: speech above pink noise, on average."""
    sound, rate = soundfile.read(path, dtype="float64")
    band = _band_limited(soxr.resample(sound, rate, RATE) if rate != RATE else sound)
    if noise_db is not None:
        # The same noise each time, so that a figure can be had again.
        noise = _band_limited(_pink(len(band)))
        level = np.sqrt(np.mean(np.square(band)) / np.mean(np.square(noise)))
        band = band + noise * level / 10 ** (noise_db / 20)
    return _g711(band)


def _pink(length: int) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=length))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), length)


def _band_limited(sound: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(sound, 2 * len(sound))
    hertz = np.fft.rfftfreq(2 * len(sound), 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    return np.fft.irfft(spectrum)[: len(sound)]


def _g711(sound: npt.NDArray[np.float64]) -> Samples:
    """There and back: sign, chord of powers of two, sixteen steps (G.711, table 2a)."""
    magnitude = np.minimum(np.abs(np.rint(sound * 8158)), 8158) + 33
    chord = np.floor(np.log2(magnitude)).astype(int) - 5
    step = np.floor(magnitude / 2.0 ** (chord + 1)) - 16
    heard = (2 * step + 33) * 2.0**chord - 33
    return np.asarray(np.sign(sound) * heard * 4, np.int16)
