"""One codec for both legs of a bridge: in which order codecs are named to one party, by what the other has. Pure."""

from __future__ import annotations

from typing import NamedTuple

from voicecore.sdp.codecs import Codec
from voicecore.sdp.negotiation import AudioCapabilities


class Counterpart(NamedTuple):
    """What the party on the other side can have."""

    codecs: tuple[Codec, ...]
    """What was agreed comes first, or the party's own wish."""
    packet_time_ms: int
    is_settled: bool
    """The party was told its codec already, so the first it is; else it will be told who else's is chosen."""


def in_order(
    allowed: tuple[Codec, ...], other: Counterpart | None, *, as_written: bool = False
) -> tuple[Codec, ...]:
    """All that are allowed and no others: first those that both have, or the one that is settled.

    Among those that both have the other party's wish counts, as in an answer: not the best, since a phone that
    names Opus last would cost ten times as much. `as_written`: the order of `allowed` counts, since somebody wrote it
    for this very peer.
    """
    if other is None:
        return allowed
    if other.is_settled:
        leading = [codec for codec in other.codecs[:1] if codec in allowed]
    elif as_written:
        leading = [codec for codec in allowed if codec in other.codecs]
    else:
        leading = [codec for codec in dict.fromkeys(other.codecs) if codec in allowed]
    return (*leading, *[codec for codec in allowed if codec not in leading])


def able_beside(
    able: AudioCapabilities, other: Counterpart | None, *, as_written: bool = False
) -> AudioCapabilities:
    """What a leg offers that will talk to that party: its codecs in order, and its packet time."""
    if other is None:
        return able
    codecs = in_order(able.codecs, other, as_written=as_written)
    return able._replace(codecs=codecs, packet_time_ms=other.packet_time_ms)
