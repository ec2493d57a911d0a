"""Sound as telephony wants it, and its WAV files. Not the codecs: those are the media engine's."""

from __future__ import annotations

import contextlib
import io
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from voicecore.errors import Unavailable, UsageError

SAMPLE_RATE: Final = 8000
"""Samples a second of telephone sound."""

WIDE_RATE: Final = 16_000
"""Of what G.722 and Opus carry."""

FULL_RATE: Final = 48_000
"""Of what Opus carries where a site asks for it: no `Pcm` has more."""

BYTES_PER_SAMPLE: Final = 2
_BLOCK_FRAMES: Final = 65536
MAX_SOUND_S: Final = 600.0
"""Of a sound that came from elsewhere; a short file may hold a long one."""

Samples = npt.NDArray[np.float64]
"""Samples as numbers, full scale at 1."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """Sound: mono, 16-bit little-endian samples, SAMPLE_RATE, WIDE_RATE or FULL_RATE a second.

    Half a sample is a UsageError.

    >>> Pcm(bytes(320)).duration_ms
    20
    >>> Pcm(bytes(320), WIDE_RATE).duration_ms
    10
    """

    samples: bytes
    rate: int = SAMPLE_RATE

    def __post_init__(self) -> None:
        if self.rate not in (SAMPLE_RATE, WIDE_RATE, FULL_RATE):
            raise UsageError(f"sound of {self.rate} Hz")
        if len(self.samples) % BYTES_PER_SAMPLE:
            raise UsageError(f"16-bit samples in {len(self.samples)} bytes")

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, the last one begun not counted."""
        return len(self.samples) * 1000 // (BYTES_PER_SAMPLE * self.rate)

    @classmethod
    def from_array(cls, array: Samples, rate: int = SAMPLE_RATE) -> Pcm:
        """From numbers of full scale 1; what lies beyond is clipped."""
        return cls(np.clip(np.rint(array * 32768), -32768, 32767).astype("<i2").tobytes(), rate)

    def to_array(self) -> Samples:
        """The samples as numbers of full scale 1."""
        return np.frombuffer(self.samples, dtype="<i2").astype(np.float64) / 32768

    def at(self, rate: int) -> Pcm:
        """The same sound at SAMPLE_RATE, WIDE_RATE or FULL_RATE."""
        if rate == self.rate:
            return self
        return Pcm.from_array(soxr.resample(self.to_array(), self.rate, rate), rate)


def joined(sounds: Sequence[Pcm]) -> Pcm:
    """One after the other, at the highest rate of them."""
    rate = max((sound.rate for sound in sounds), default=SAMPLE_RATE)
    return Pcm(b"".join(sound.at(rate).samples for sound in sounds), rate)


def read_wav(path: Path, highest_rate: int = WIDE_RATE) -> Pcm:
    """The sound of a file of any rate and any number of channels, mixed to one and resampled.

    It has the lowest of SAMPLE_RATE, WIDE_RATE and FULL_RATE at which nothing is lost, at most `highest_rate`.

    Blocks. Raises Unavailable, naming the file, where it is missing or not sound.
    """
    return _read(path, f"the sound file {path}", highest_rate)


def read_sound(data: bytes, highest_rate: int = WIDE_RATE) -> Pcm:
    """The same of a file in memory. Raises Unavailable where it is no sound, or longer than MAX_SOUND_S."""
    return _read(io.BytesIO(data), "a sound", highest_rate, longest_s=MAX_SOUND_S)


def read_raw(data: bytes, rate: int) -> Pcm:
    """The same of samples without a header: mono, 16-bit little-endian, `rate` a second.

    Raises Unavailable for half a sample too.
    """
    if len(data) % BYTES_PER_SAMPLE:
        raise Unavailable(f"cannot read a sound: {len(data)} octets end in half a sample")
    return _read(io.BytesIO(data), "a sound", WIDE_RATE, longest_s=MAX_SOUND_S, raw_rate=rate)


def _read(
    source: Path | io.BytesIO,
    name: str,
    highest_rate: int,
    *,
    longest_s: float = math.inf,
    raw_rate: int | None = None,
) -> Pcm:
    parts: list[Samples] = []
    try:
        with _opened(source, raw_rate) as file:
            if file.frames > longest_s * file.samplerate:
                raise ValueError(f"longer than {longest_s:g} s")
            enough = (rate for rate in (SAMPLE_RATE, WIDE_RATE) if file.samplerate <= rate)
            rate = min(next(enough, FULL_RATE), highest_rate)
            resampler = soxr.ResampleStream(file.samplerate, rate, 1, dtype="float64", quality="HQ")
            blocks = file.blocks(blocksize=_BLOCK_FRAMES, dtype="float64", always_2d=True)
            parts.extend(resampler.resample_chunk(block.mean(axis=1)) for block in blocks)
            parts.append(resampler.resample_chunk(np.zeros(0), last=True))
    except (OSError, ValueError, RuntimeError) as error:
        raise Unavailable(f"cannot read {name}: {error}") from error
    return Pcm.from_array(np.concatenate(parts), rate)


def _opened(source: Path | io.BytesIO, raw_rate: int | None) -> soundfile.SoundFile:
    if raw_rate is None:
        return soundfile.SoundFile(source)
    return soundfile.SoundFile(
        source, samplerate=raw_rate, channels=1, format="RAW", subtype="PCM_16", endian="LITTLE"
    )


def write_wav(path: Path, pcm: Pcm) -> None:
    """Writes the file whole or not at all: a reader never sees half of it. Makes the folder where missing.

    Blocks. Raises Unavailable where the disk refuses.
    """
    unfinished = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        array = np.frombuffer(pcm.samples, dtype="<i2")
        soundfile.write(unfinished, array, pcm.rate, format="WAV", subtype="PCM_16")
        unfinished.replace(path)
    except (OSError, RuntimeError) as error:
        raise Unavailable(f"cannot write the sound file {path}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
