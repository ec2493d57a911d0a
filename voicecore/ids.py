"""Names of things. A `LegId` is not an integer that you found somewhere."""

from __future__ import annotations

import os
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

TapId = NewType("TapId", int)
"""One tap on a leg's audio, for the application."""

StreamId = NewType("StreamId", int)
"""Audio that is pushed to the media engine while it is played."""

ConferenceId = NewType("ConferenceId", int)
"""One conference of the media engine."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread aloud
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]

_SUPPLY = 6144
"""Random octets asked of the kernel at once: those of about 100 calls."""


class TokenSource:
    """Random URL-safe characters of six bits each, for whatever nobody may guess: tags, branches, Call-IDs.

    They are cut from a supply, none is given twice: asking the kernel for each token took 6 us of a call.
    """

    def __init__(self) -> None:
        self._supply = ""
        self._used = 0

    def __call__(self, length: int) -> str:
        start, self._used = self._used, self._used + length
        if self._used > len(self._supply):
            self._supply = secrets.token_urlsafe(max(_SUPPLY, length))
            start, self._used = 0, length
        return self._supply[start : self._used]


def new_call_id(wall: float) -> CallId:
    """A call's name: sorts by its start (`wall`, POSIX seconds, to the millisecond), then random.

    >>> len(new_call_id(1_790_000_000.0))
    14
    """
    stamp, suffix = int(wall * 1000), int.from_bytes(os.urandom(4)) >> 7
    number = stamp << 25 | suffix
    return CallId("".join([_PAIRS[number >> shift & 1023] for shift in range(60, -10, -10)]))
