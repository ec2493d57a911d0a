"""G.711 written from the standard's text, independent of the crate's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]


def _decoded(code: int) -> int:
    code = ~code & 0xFF
    exponent, mantissa = code >> 4 & 7, code & 15
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return -magnitude if code & 0x80 else magnitude


TABLE: Samples = np.array([_decoded(code) for code in range(256)], dtype=np.int16)


def decode(payload: bytes) -> Samples:
    return TABLE[np.frombuffer(payload, dtype=np.uint8)]


def _decoded_alaw(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << exponent - 1
    return magnitude if code & 0x80 else -magnitude


ALAW: Samples = np.array([_decoded_alaw(code) for code in range(256)], dtype=np.int16)


def decode_alaw(payload: bytes) -> Samples:
    return ALAW[np.frombuffer(payload, dtype=np.uint8)]


def exact(samples: Samples) -> Samples:
    """The nearest samples that mu-law holds without loss: every right encoder gives them one code."""
    return decode(encode(samples))


def encode(samples: Samples) -> bytes:
    """The nearest code of each sample."""
    order = np.argsort(TABLE, kind="stable")
    levels = TABLE[order].astype(np.int32)
    middles = (levels[1:] + levels[:-1]) // 2
    return order[np.searchsorted(middles, samples.astype(np.int32))].astype(np.uint8).tobytes()


def tone(frequency: float, seconds: float, level: float = 8000.0) -> Samples:
    time = np.arange(round(seconds * 8000)) / 8000
    return np.asarray(level * np.sin(2 * np.pi * frequency * time), dtype=np.int16)


def packets(samples: Samples, size: int = 160) -> list[bytes]:
    encoded = encode(samples)
    return [encoded[start : start + size] for start in range(0, len(encoded) - size + 1, size)]
