"""Call-progress tones: what each is, and how every country's network makes its own (ITU-T E.180, supplement 2).

>>> tones_of("gb")[ProgressTone.BUSY]
(Burst(seconds=0.375, hertz=(400,)), Burst(seconds=0.375, hertz=()))
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple


class ProgressTone(Enum):
    """What is said without words. The first four are each network's own, the others the same everywhere."""

    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    SPECIAL_INFORMATION = "special-information"
    """Three rising tones before an announcement: the number cannot be reached (ITU-T E.180, 8)."""
    FAX_CALLING = "fax-calling"
    """CNG: a machine that wants to send a fax (ITU-T T.30)."""
    ANSWER_TONE = "answer-tone"
    """2100 Hz: a fax machine (CED of T.30) or a modem (ANS of V.25) answers."""
    ANSWER_TONE_REVERSED = "answer-tone-reversed"
    """The same with its phase reversed every 450 ms, against echo cancellers."""
    BEEP = "beep"
    """An answering machine takes the message now: one tone after speech, with quiet after it."""


class SpecialInformation(Enum):
    """What a special information tone of North America tells (ANSI T1.401)."""

    UNSPECIFIED = "unspecified"
    INTERCEPT = "intercept"
    """The number was changed, or is out of service."""
    VACANT_CODE = "vacant-code"
    """There is no such number."""
    REORDER = "reorder"
    NO_CIRCUIT = "no-circuit"


NETWORK_TONES: Final = (
    ProgressTone.DIAL,
    ProgressTone.RINGBACK,
    ProgressTone.BUSY,
    ProgressTone.CONGESTION,
)
"""Those that differ by country."""


class Burst(NamedTuple):
    """Some frequencies together, or silence when there are none."""

    seconds: float
    hertz: tuple[int, ...] = ()


Cadence = tuple[Burst, ...]
"""One round of a tone, which goes on with the next one. One burst alone has no pauses."""

Tones = Mapping[ProgressTone, Cadence]


class ToneWatch(NamedTuple):
    """What to listen for: these tones, as the network of a country (ISO 3166 code; "": elsewhere) makes them."""

    country: str
    tones: frozenset[ProgressTone]


SPECIAL_INFORMATION: Final[Cadence] = (
    Burst(0.33, (950,)),
    Burst(0.33, (1400,)),
    Burst(0.33, (1800,)),
    Burst(1.0),
)


def _steady(*hertz: int) -> Cadence:
    # Whole numbers of Hz come round in a second: repeated, it has no seam.
    return (Burst(1.0, hertz),)


def _on_off(hertz: tuple[int, ...], *seconds: float) -> Cadence:
    return tuple(Burst(length, () if index % 2 else hertz) for index, length in enumerate(seconds))


def _country(dial: Cadence, ringback: Cadence, busy: Cadence, congestion: Cadence) -> Tones:
    return {
        ProgressTone.DIAL: dial,
        ProgressTone.RINGBACK: ringback,
        ProgressTone.BUSY: busy,
        ProgressTone.CONGESTION: congestion,
        ProgressTone.SPECIAL_INFORMATION: SPECIAL_INFORMATION,
    }


def _one_frequency(
    hertz: int, ringback: tuple[float, ...], busy: float, congestion: tuple[float, ...]
) -> Tones:
    return _country(
        _steady(hertz),
        _on_off((hertz,), *ringback),
        _on_off((hertz,), busy, busy),
        _on_off((hertz,), *congestion),
    )


_NORTH_AMERICA: Final = _country(
    _steady(350, 440),
    _on_off((440, 480), 2.0, 4.0),
    _on_off((480, 620), 0.5, 0.5),
    _on_off((480, 620), 0.25, 0.25),
)
_DOUBLE_RING: Final = (0.4, 0.2, 0.4, 2.0)

COUNTRIES: Final[Mapping[str, Tones]] = {
    "AU": _country(
        _steady(413, 438),
        _on_off((400, 425, 450), *_DOUBLE_RING),
        _on_off((425,), 0.375, 0.375),
        # Every other burst is softer than that of busy, which nobody can rely on: it is heard as busy.
        _on_off((425,), 0.375, 0.375),
    ),
    "BR": _one_frequency(425, (1.0, 4.0), 0.25, (0.25, 0.25, 0.75, 0.25)),
    "CA": _NORTH_AMERICA,
    "CN": _one_frequency(450, (1.0, 4.0), 0.35, (0.7, 0.7)),
    "DE": _one_frequency(425, (1.0, 4.0), 0.48, (0.24, 0.24)),
    "ES": _one_frequency(425, (1.5, 3.0), 0.2, (0.2, 0.2, 0.2, 0.2, 0.2, 0.6)),
    "FR": _one_frequency(440, (1.5, 3.5), 0.5, (0.25, 0.25)),
    "GB": _country(
        _steady(350, 440),
        _on_off((400, 450), *_DOUBLE_RING),
        _on_off((400,), 0.375, 0.375),
        _on_off((400,), 0.4, 0.35, 0.225, 0.525),
    ),
    # 400 Hz that swells 25 times a second, except for busy and congestion.
    "IN": _country(
        _steady(375, 400, 425),
        _on_off((375, 400, 425), *_DOUBLE_RING),
        _on_off((400,), 0.75, 0.75),
        _on_off((400,), 0.25, 0.25),
    ),
    "IT": _country(
        _on_off((425,), 0.2, 0.2, 0.6, 1.0),
        _on_off((425,), 1.0, 4.0),
        _on_off((425,), 0.5, 0.5),
        _on_off((425,), 0.2, 0.2),
    ),
    # Its ringback is 400 Hz that swells 16 times a second. Busy and congestion are one tone: heard as busy.
    "JP": {
        **_one_frequency(400, (1.0, 2.0), 0.5, (0.5, 0.5)),
        ProgressTone.RINGBACK: _on_off((384, 400, 416), 1.0, 2.0),
    },
    "US": _NORTH_AMERICA,
}
"""By ISO 3166 code."""

ELSEWHERE: Final = _one_frequency(425, (1.0, 4.0), 0.5, (0.25, 0.25))
"""What E.180 recommends, for countries that are not listed."""


def tones_of(country: str) -> Tones:
    """The tones that a country's network makes; those of `ELSEWHERE` for one that is not listed."""
    return COUNTRIES.get(country.upper(), ELSEWHERE)
