"""The codecs that SDP may agree on: one line each. What they compute is the media engine's."""

from __future__ import annotations

from typing import NamedTuple


class Codec(NamedTuple):
    """A codec as an rtpmap names it. `payload_type` is its static one (RFC 3551, 6), or None."""

    name: str
    clock_rate: int
    channels: int = 1
    payload_type: int | None = None
    packet_times_ms: tuple[int, ...] = (10, 20, 30, 40, 50, 60)
    """How much audio a packet of ours may hold."""

    @property
    def label(self) -> str:
        """Its name in configuration, records and the engine: with the clock rate where one name has several."""
        return f"{self.name}/{self.clock_rate}" if self.name == "L16" else self.name

    @property
    def rtpmap(self) -> str:
        """The encoding as `a=rtpmap` writes it: `PCMU/8000`."""
        channels = f"/{self.channels}" if self.channels > 1 else ""
        return f"{self.name}/{self.clock_rate}{channels}"


PCMU = Codec("PCMU", 8000, payload_type=0)
PCMA = Codec("PCMA", 8000, payload_type=8)
G722 = Codec("G722", 8000, payload_type=9)
"""Its audio is 16 kHz; the 8000 is an old mistake that stays (RFC 3551, 4.5.2)."""

OPUS = Codec("opus", 48_000, 2, packet_times_ms=(10, 20, 40, 60))
"""Always two channels and this clock, whatever is in it (RFC 7587, 7)."""
L16 = Codec("L16", 8000)
L16_WIDE = Codec("L16", 16_000, packet_times_ms=(10, 20, 30, 40))
"""More would not fit into the packets of most networks."""

G729 = Codec("G729", 8000, payload_type=18)
"""By a library that may not be there."""

ALL = (PCMU, PCMA, G722, OPUS, L16_WIDE, L16, G729)
"""Every codec that the engine has, or may have."""

CODECS = (PCMU, PCMA, G722, OPUS)
"""Those that phones are offered where the configuration says nothing, in this order. In answers the other side's
order counts: who prefers Opus gets it."""
BROWSER_CODECS = (OPUS, G722, PCMU, PCMA)
"""The same for browsers, which lose packets more often and have the time to encode."""


def by_label(label: str) -> Codec | None:
    """The codec of that label, in any case."""
    return next((codec for codec in ALL if codec.label.lower() == label.lower()), None)
