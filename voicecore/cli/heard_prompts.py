"""Finds prompts in what is heard on a line, by their sound. Pure: samples in, positions out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATE = 8000
LONGEST = RATE
"""Samples of a prompt's beginning that it is known by: one second."""

LIKENESS = 0.7
"""Correlation from which on it is the prompt: G.711 and a jitter buffer leave more, another prompt less than 0.3."""

_AUDIBLE = 200
"""Of a sample: what is softer at a prompt's beginning is left out."""


class Pattern:
    """What a prompt is known by."""

    def __init__(self, sound: Samples) -> None:
        """Raises ValueError for a sound that is only silence."""
        audible = np.flatnonzero(np.abs(sound.astype(np.int32)) > _AUDIBLE)
        if not audible.size:
            raise ValueError("there is nothing to hear in it")
        self.lead = int(audible[0])
        self._wave = sound[self.lead : self.lead + LONGEST].astype(np.float64)
        self._wave -= self._wave.mean()
        self._norm = float(np.linalg.norm(self._wave))

    def __len__(self) -> int:
        return len(self._wave)

    def find(self, heard: Samples) -> int | None:
        """Where the prompt begins in `heard`; it may be before its first sample. None: it is not in it as a whole."""
        if len(heard) < len(self):
            return None
        signal = heard.astype(np.float64)
        products = _correlated(signal, self._wave)
        energy = np.cumsum(np.concatenate([[0.0], signal * signal]))
        norms = np.sqrt(np.maximum(energy[len(self) :] - energy[: -len(self)], 1.0))
        likeness = products / (norms * self._norm)
        best = int(np.argmax(likeness))
        return best - self.lead if likeness[best] >= LIKENESS else None


def _correlated(signal: npt.NDArray[np.float64], wave: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of the wave with each part of the signal that is as long, by Fourier's transform."""
    size = 1 << (len(signal) + len(wave) - 1).bit_length()
    spectrum = np.fft.rfft(signal, size) * np.conj(np.fft.rfft(wave, size))
    found: npt.NDArray[np.float64] = np.fft.irfft(spectrum, size)[: len(signal) - len(wave) + 1]
    return found
