"""One codec for both legs of a bridge: in which order codecs are named to one party, by what the other has. Pure."""

from __future__ import annotations

from typing import NamedTuple

from voicecore.sdp.codecs import G722, L16_WIDE, OPUS, Codec
from voicecore.sdp.negotiation import AudioCapabilities

_BEST = (OPUS, G722, L16_WIDE)
"""Those with more than telephone band: where both parties have one, neither gains by another that is not."""


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
    """All that are allowed and no others: first those that both have, best first, or the one that is settled.

    Of two equally good ones the other party's wish counts, as in an answer. `as_written`: among those that both have
    the order of `allowed` counts alone, since somebody wrote it for this very peer.
    """
    if other is None:
        return allowed
    if other.is_settled:
        leading = [codec for codec in other.codecs[:1] if codec in allowed]
    elif as_written:
        leading = [codec for codec in allowed if codec in other.codecs]
    else:
        both = [codec for codec in dict.fromkeys(other.codecs) if codec in allowed]
        leading = [codec for codec in both if codec == OPUS]
        leading += [codec for codec in both if codec in _BEST and codec != OPUS]
        leading += [codec for codec in both if codec not in _BEST]
    return (*leading, *[codec for codec in allowed if codec not in leading])


def able_beside(
    able: AudioCapabilities, other: Counterpart | None, *, as_written: bool = False
) -> AudioCapabilities:
    """What a leg offers that will talk to that party: its codecs in order, and its packet time."""
    if other is None:
        return able
    codecs = in_order(able.codecs, other, as_written=as_written)
    return able._replace(codecs=codecs, packet_time_ms=other.packet_time_ms)
