"""The tones of a telephone network by country: dial, ringback, busy, congestion, special information. Computed.

>>> progress_tone("GB", ProgressTone.RINGBACK).duration_ms
3000
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from voicecore.speech.pcm import SAMPLE_RATE, Pcm

_LEVEL_DB: Final = -16.0
"""Of a tone's RMS below full scale: -13 dBm0, as loud as a network's own."""
_EDGE_S: Final = 0.004
"""How long a burst rises and falls, against clicks."""


class ProgressTone(Enum):
    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    SPECIAL_INFORMATION = "special-information"
    """Three rising tones before an announcement: the number cannot be reached."""


class Burst(NamedTuple):
    """Some frequencies together, or silence when there are none."""

    seconds: float
    hertz: tuple[int, ...] = ()


Cadence = tuple[Burst, ...]


def _steady(*hertz: int) -> Cadence:
    # Whole numbers of Hz come round in a second: repeated, it has no seam.
    return (Burst(1.0, hertz),)


def _on_off(hertz: tuple[int, ...], *seconds: float) -> Cadence:
    return tuple(Burst(length, () if index % 2 else hertz) for index, length in enumerate(seconds))


# ITU-T E.180, 8.
_SPECIAL_INFORMATION: Final[Cadence] = (
    Burst(0.33, (950,)),
    Burst(0.33, (1400,)),
    Burst(0.33, (1800,)),
    Burst(1.0),
)


def _country(
    dial: Cadence, ringback: Cadence, busy: Cadence, congestion: Cadence
) -> dict[ProgressTone, Cadence]:
    return {
        ProgressTone.DIAL: dial,
        ProgressTone.RINGBACK: ringback,
        ProgressTone.BUSY: busy,
        ProgressTone.CONGESTION: congestion,
        ProgressTone.SPECIAL_INFORMATION: _SPECIAL_INFORMATION,
    }


def _one_frequency(
    hertz: int, ringback: tuple[float, ...], busy: float, congestion: float
) -> dict[ProgressTone, Cadence]:
    return _country(
        _steady(hertz),
        _on_off((hertz,), *ringback),
        _on_off((hertz,), busy, busy),
        _on_off((hertz,), congestion, congestion),
    )


# ITU-T E.180, supplement 2; by ISO 3166 code.
COUNTRIES: Final = {
    "US": _country(
        _steady(350, 440),
        _on_off((440, 480), 2.0, 4.0),
        _on_off((480, 620), 0.5, 0.5),
        _on_off((480, 620), 0.25, 0.25),
    ),
    "GB": _country(
        _steady(350, 440),
        _on_off((400, 450), 0.4, 0.2, 0.4, 2.0),
        _on_off((400,), 0.375, 0.375),
        _on_off((400,), 0.4, 0.35, 0.225, 0.525),
    ),
    "DE": _one_frequency(425, (1.0, 4.0), 0.48, 0.24),
    "CN": _one_frequency(450, (1.0, 4.0), 0.35, 0.7),
    "FR": _one_frequency(440, (1.5, 3.5), 0.5, 0.25),
    # Its ringback is 400 Hz that swells 16 times a second.
    "JP": {
        **_one_frequency(400, (1.0, 2.0), 0.5, 0.5),
        ProgressTone.RINGBACK: _on_off((384, 400, 416), 1.0, 2.0),
    },
}

ELSEWHERE: Final = _one_frequency(425, (1.0, 4.0), 0.5, 0.25)
"""What E.180 recommends, for countries that are not listed."""


@lru_cache(maxsize=64)
def progress_tone(country: str, tone: ProgressTone) -> Pcm:
    """One round of a tone as that country (ISO 3166 code, such as "DE") knows it; repeat it for as long as needed."""
    cadence = COUNTRIES.get(country.upper(), ELSEWHERE)[tone]
    return Pcm.from_array(np.concatenate([_sound(burst, steady=len(cadence) == 1) for burst in cadence]))


def _sound(burst: Burst, *, steady: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time = np.arange(round(burst.seconds * SAMPLE_RATE)) / SAMPLE_RATE
    if not burst.hertz:
        return np.zeros_like(time)
    waves = np.sum([np.sin(2 * np.pi * hertz * time) for hertz in burst.hertz], axis=0)
    peak = 10 ** (_LEVEL_DB / 20) * np.sqrt(2 / len(burst.hertz))
    edge = 1.0 if steady else np.clip(np.minimum(time, burst.seconds - time) / _EDGE_S, 0.0, 1.0)
    return np.asarray(peak * waves * edge, dtype=np.float64)
