"""The peer's G.729: libbcg729 through ctypes, apart from the engine's own use of it."""

from __future__ import annotations

import ctypes

import numpy as np

from tests.component.media.g711 import Samples
from voicecore.media import g729

FRAME, FRAME_LEN = 80, 10


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libbcg729.so.0")
    library.initBcg729EncoderChannel.restype = ctypes.c_void_p
    library.initBcg729DecoderChannel.restype = ctypes.c_void_p
    return library


def is_there() -> bool:
    return g729.is_installed()


def encode(samples: Samples, *, annex_b: bool = False) -> list[bytes]:
    """Each frame of 10 ms: ten octets, with annex B two for a description of silence, or none."""
    library = _library()
    state = ctypes.c_void_p(library.initBcg729EncoderChannel(ctypes.c_uint8(annex_b)))
    frames = []
    for start in range(0, len(samples) - FRAME + 1, FRAME):
        octets, length = (ctypes.c_uint8 * FRAME_LEN)(), ctypes.c_uint8()
        frame = np.ascontiguousarray(samples[start : start + FRAME], np.int16)
        library.bcg729Encoder(state, ctypes.c_void_p(frame.ctypes.data), octets, ctypes.byref(length))
        frames.append(bytes(octets)[: length.value])
    library.closeBcg729EncoderChannel(state)
    return frames


def decode(payload: bytes) -> Samples:
    library = _library()
    state = ctypes.c_void_p(library.initBcg729DecoderChannel())
    heard = np.zeros(len(payload) // FRAME_LEN * FRAME, np.int16)
    for index in range(len(payload) // FRAME_LEN):
        frame = payload[index * FRAME_LEN : (index + 1) * FRAME_LEN]
        at = ctypes.c_void_p(heard.ctypes.data + index * FRAME * 2)
        none, all_ = ctypes.c_uint8(0), ctypes.c_uint8(FRAME_LEN)
        library.bcg729Decoder(state, frame, all_, none, none, none, at)
    library.closeBcg729DecoderChannel(state)
    return heard
