"""Whether a fax machine calls: its calling tone, CNG, in telephone audio (ITU-T T.30, 4.1). Pure.

CNG is 1100 Hz +- 38 Hz, half a second on and three seconds off. A caller who sends it is a machine that wants to
send a fax; one whose operator pressed no start key sends none.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 8000
HERTZ: Final = 1100.0
BLOCK: Final = 200
"""Samples that are judged at once: 25 ms, so that 38 Hz off are still in the band."""
LEAST_BLOCKS: Final = 14
"""350 ms of tone: a burst of 425 ms, the shortest of T.30, with its edges in other blocks."""
MOST_BLOCKS: Final = 24
"""600 ms: a burst is at most 575 ms; a tone that goes on is something else."""
PURITY: Final = 0.7
"""Share of a block's power that is the tone's. Of speech, or of a key, less is."""
FLOOR: Final = 1e-5
"""Power below which nothing is heard: -50 dB below full scale."""

_TIME = np.arange(BLOCK) / RATE
_WINDOW = np.hanning(BLOCK)
_PROBES = np.stack([_WINDOW * np.exp(-2j * np.pi * (HERTZ + off) * _TIME) for off in (-30.0, 0.0, 30.0)])
_GAIN = 2.0 / (np.sum(_WINDOW) * np.sum(_WINDOW))


class FaxToneDetector:
    """Give it the audio of one side, 8 kHz, in pieces of any length."""

    def __init__(self) -> None:
        self._left = np.empty(0, np.float64)
        self._blocks = 0

    def hear(self, samples: npt.NDArray[np.int16]) -> bool:
        """Whether a whole burst of CNG ended in what was heard now."""
        audio = np.concatenate([self._left, samples / 32768.0])
        whole = len(audio) // BLOCK * BLOCK
        self._left = audio[whole:]
        found = False
        for block in audio[:whole].reshape(-1, BLOCK):
            if _is_tone(block):
                self._blocks += 1
                continue
            found = found or LEAST_BLOCKS <= self._blocks <= MOST_BLOCKS
            self._blocks = 0
        return found


def _is_tone(block: npt.NDArray[np.float64]) -> bool:
    power = float(np.mean(block * block))
    if power < FLOOR:
        return False
    # A sine of amplitude A has the power A^2 / 2; the probe finds A / 2 times the window's sum.
    heard = np.max(np.abs(_PROBES @ block) ** 2) * _GAIN
    return bool(heard > PURITY * power)
