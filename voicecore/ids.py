"""Names of things. A `LegId` is not an integer that you found somewhere."""

from __future__ import annotations

import secrets
from typing import NewType

CallId = NewType("CallId", str)
"""One call as its caller knows it, with all its legs; never the SIP Call-ID."""

LegId = NewType("LegId", int)
"""One leg. The media engine knows it by the same number."""

PlayoutId = NewType("PlayoutId", int)
"""One `play` command to the media engine."""

RecordingId = NewType("RecordingId", int)
"""One recording, while the media engine writes it."""

SoundId = NewType("SoundId", int)
"""One sound that the media engine holds in memory."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread aloud


def new_call_id(wall: float) -> CallId:
    """A call's name: sorts by its start (`wall`, POSIX seconds, to the millisecond), then random.

    >>> len(new_call_id(1_790_000_000.0))
    14
    """
    stamp, suffix = int(wall * 1000), secrets.randbits(25)
    number = stamp << 25 | suffix
    digits = [_ALPHABET[number >> shift & 31] for shift in range(65, -5, -5)]
    return CallId("".join(digits))
