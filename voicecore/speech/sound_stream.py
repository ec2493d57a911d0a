"""Sound that comes in parts, as samples of 16 kHz that can be played while the rest is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from voicecore.speech.pcm import BYTES_PER_SAMPLE, WIDE_RATE

Part = npt.NDArray[np.int16]
"""Samples, WIDE_RATE a second."""
Hear = Callable[[Part], None]
"""Gets each part as it comes; it must not block."""

_QUALITY: Final = "MQ"


class SoundStream:
    """Takes octets of mono 16-bit little-endian samples, cut anywhere, at any rate."""

    def __init__(self, rate: int, hear: Hear) -> None:
        self._resampler = soxr.ResampleStream(rate, WIDE_RATE, 1, dtype="int16", quality=_QUALITY)
        self._hear = hear
        self._left = b""

    def feed(self, octets: bytes) -> None:
        octets = self._left + octets
        whole = len(octets) - len(octets) % BYTES_PER_SAMPLE
        self._left = octets[whole:]
        self._tell(np.frombuffer(octets[:whole], "<i2").astype(np.int16), last=False)

    def end(self) -> None:
        """Half a sample that is left is no sound."""
        self._tell(np.empty(0, np.int16), last=True)

    def _tell(self, samples: Part, *, last: bool) -> None:
        part = self._resampler.resample_chunk(samples, last=last)
        if len(part):
            self._hear(part)
