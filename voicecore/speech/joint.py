"""Sounds that were made one by one, brought close enough to be heard as one sentence."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicecore.speech.pcm import Pcm

_FRAMES_A_SECOND: Final = 200
_QUIET: Final = 10 ** (-40.0 / 20)  # of the loudest frame; what is below is taken for silence
_RAMPS_A_SECOND: Final = 500  # 2 ms each, against a click where the cut is


def tighten(pcm: Pcm, before_ms: int | None, after_ms: int | None) -> Pcm:
    """The sound with at most so much silence at each end; nothing that is heard is cut.

    An end of None is left as it is, and so is a sound that is nothing but silence.
    """
    sound, frame = pcm.to_array(), pcm.rate // _FRAMES_A_SECOND
    frames = np.pad(sound, (0, -len(sound) % frame)).reshape(-1, frame)
    loudness = np.sqrt(np.mean(frames**2, axis=1)) if len(frames) else np.zeros(0)
    heard = np.flatnonzero(loudness > loudness.max(initial=0.0) * _QUIET)
    if not len(heard):
        return pcm
    start, end = 0, len(sound)
    if before_ms is not None:
        start = max(0, int(heard[0]) * frame - before_ms * pcm.rate // 1000)
    if after_ms is not None:
        end = min(end, (int(heard[-1]) + 1) * frame + after_ms * pcm.rate // 1000)
    cut = sound[start:end].copy()
    ramp = np.linspace(0.0, 1.0, min(pcm.rate // _RAMPS_A_SECOND, len(cut)))
    if start:
        cut[: len(ramp)] *= ramp
    if end < len(sound):
        cut[len(cut) - len(ramp) :] *= ramp[::-1]
    return Pcm.from_array(cut, pcm.rate)
