"""Makes the sound of every synthesiser alike: the same loudness, the same silence at both ends."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from voicecore.errors import Unavailable
from voicecore.speech.pcm import Pcm, Samples

TARGET_LEVEL_DB: Final = -23.0
"""RMS of the speaking parts in dB below full scale (dBov): 3 dB over the -26 dBov of ITU-T P.56 practice."""

PEAK_LIMIT_DB: Final = -1.0
"""No sample goes above it; a voice with high peaks stays below the target rather than clip."""

EDGE_MS: Final = 100
"""Silence before the first and after the last sound."""

REVISION: Final = 2
"""Raised with every change here that is heard: sounds cached by an older revision are rendered again."""

_FRAMES_A_SECOND: Final = 100
_SPEAKING_DB: Final = -30.0  # below the loudest frame: counts for the level above it
_AUDIBLE_DB: Final = -50.0  # below the loudest frame: the tail of a consonant above it
_NOTHING: Final = 10 ** (-70.0 / 20)


def condition(pcm: Pcm) -> Pcm:
    """The sound trimmed, padded and levelled. Raises Unavailable where there is nothing to hear.

    A synthesiser that fails without saying so writes an empty or a silent file.
    """
    sound, frame = pcm.to_array(), pcm.rate // _FRAMES_A_SECOND
    loudness = _frame_rms(sound, frame)
    loudest = float(loudness.max(initial=0.0))
    if loudest < _NOTHING:
        raise Unavailable("the synthesiser wrote silence")
    speaking = loudness[loudness > loudest * _gain(_SPEAKING_DB)]
    level = float(np.sqrt(np.mean(speaking**2)))
    gain = min(_gain(TARGET_LEVEL_DB) / level, _gain(PEAK_LIMIT_DB) / float(np.abs(sound).max()))
    audible = np.flatnonzero(loudness > loudest * _gain(_AUDIBLE_DB))
    start, end = int(audible[0]) * frame, (int(audible[-1]) + 1) * frame
    edge = pcm.rate * EDGE_MS // 1000
    return Pcm.from_array(_with_edges(sound, start, end, edge) * gain, pcm.rate)


def _gain(db: float) -> float:
    return float(10 ** (db / 20))


def _frame_rms(sound: Samples, frame: int) -> Samples:
    padded = np.pad(sound, (0, -len(sound) % frame))
    power: npt.NDArray[np.float64] = np.mean(padded.reshape(-1, frame) ** 2, axis=1)
    return np.sqrt(power)


def _with_edges(sound: Samples, start: int, end: int, edge: int) -> Samples:
    """From `start` to `end` with the engine's own quiet around it, faded to silence EDGE_MS away."""
    before, after = sound[max(0, start - edge) : start], sound[end : end + edge]
    fade = np.linspace(0.0, 1.0, edge, endpoint=False)
    head, tail = np.zeros(edge), np.zeros(edge)
    if len(before):
        head[-len(before) :] = before
    tail[: len(after)] = after
    return np.concatenate([head * fade, sound[start:end], tail * fade[::-1]])
