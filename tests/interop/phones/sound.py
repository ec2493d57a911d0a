"""Compares what was heard with what was said. Levels are decibels below full scale, times milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE = 8000

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of the reference is in what was heard, at the place where it fits best."""

    correlation: float
    """Normalised: 1 is the same up to loudness, 0 nothing in common."""
    lag_ms: float
    """Where in `heard` the reference begins."""
    gain_db: float
    """How much louder it was heard than it was said."""


def read_wav(path: Path, channel: int = 0) -> Samples:
    """One channel of a WAV file at 8 kHz, as numbers from -1 to 1: phones with Opus write 48 kHz."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    column: Samples = samples[:, channel]
    return column if rate == RATE else soxr.resample(column, rate, RATE)


def write_wav(path: Path, *channels: Samples) -> None:
    """16 bits, 8 kHz."""
    soundfile.write(path, np.stack(channels, axis=1), RATE, subtype="PCM_16")


def from_pcm(samples: bytes) -> Samples:
    """16-bit little-endian samples as numbers from -1 to 1."""
    numbers: Samples = np.frombuffer(samples, dtype="<i2").astype(np.float64) / 32768
    return numbers


def section(samples: Samples, begin_s: float, end_s: float) -> Samples:
    return samples[round(begin_s * RATE) : round(end_s * RATE)]


def find(reference: Samples, heard: Samples) -> Likeness:
    """The best place of the whole reference in what was heard; missing ends count as silence."""
    length = len(reference)
    padded = np.concatenate([np.zeros(length), heard, np.zeros(length)])
    size = 1 << (len(padded) + length).bit_length()
    spectrum = np.fft.rfft(padded, size) * np.conj(np.fft.rfft(reference, size))
    products = np.fft.irfft(spectrum, size)[: len(padded) - length + 1]
    energy = np.concatenate([[0.0], np.cumsum(padded**2)])
    heard_energy = np.maximum(energy[length:] - energy[:-length], 0)
    own_energy = float(np.sum(reference**2))
    if own_energy == 0:
        raise ValueError("the reference is silent")
    floor = own_energy * 1e-6  # quieter places than this are no match, and their quotient is noise
    quality = np.where(
        heard_energy > floor, products / np.sqrt(own_energy * np.maximum(heard_energy, floor)), 0
    )
    place = int(np.argmax(quality))
    gain = 10 * np.log10(max(heard_energy[place], 1e-12) / own_energy)
    return Likeness(float(quality[place]), (place - length) * 1000 / RATE, float(gain))


def find_parts(reference: Samples, heard: Samples, part_s: float = 0.4) -> list[Likeness]:
    """Each part of the reference on its own; lags are relative to where the part should be.

    For phones whose jitter buffer cuts and stretches: seams spoil few parts, but any sum over all.
    """
    starts = np.arange(0, len(reference) / RATE - part_s + 1e-9, part_s)
    found = [(start, find(section(reference, start, start + part_s), heard)) for start in starts]
    return [Likeness(one.correlation, one.lag_ms - start * 1000, one.gain_db) for start, one in found]


def likeness(reference: Samples, heard: Samples) -> float:
    """How much of the reference was heard as it was: by the whole, or by half of its parts.

    A machine that stalls for a moment makes a jitter buffer shift once. That spoils any sum over the whole, but few
    parts; a sound that was lost, cut or distorted is seen by both.
    """
    parts = np.median([part.correlation for part in find_parts(reference, heard)])
    return max(find(reference, heard).correlation, float(parts))


def level_db(samples: Samples) -> float:
    """The root mean square; digital silence is -120."""
    return float(20 * np.log10(max(float(np.sqrt(np.mean(samples**2))), 1e-6))) if len(samples) else -120.0


def silences_ms(samples: Samples, *, below_db: float = -60.0, at_least_ms: float = 10.0) -> list[float]:
    """How long each quiet stretch inside the sound is; the silence around the whole sound is left out."""
    loud = np.flatnonzero(np.abs(samples) > 10 ** (below_db / 20))
    lengths = (np.diff(loud) - 1) * 1000 / RATE
    return [float(length) for length in lengths if length >= at_least_ms]


def speech_like(seconds: float, seed: int = 1) -> Samples:
    """Noise in syllables: never like itself a moment later, so its place in a recording is beyond doubt."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    noise = np.convolve(random.standard_normal(count), np.hanning(9) / 4, mode="same")
    beats = np.arange(0, count + 1600, 1600)
    syllables = np.interp(np.arange(count), beats, random.random(len(beats)))
    raw = noise * (0.1 + syllables)
    sound: Samples = raw * (0.5 / np.max(np.abs(raw)))
    return sound
