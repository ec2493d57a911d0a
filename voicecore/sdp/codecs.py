"""The codecs that SDP may agree on: one line each. What they compute is the media engine's."""

from __future__ import annotations

from typing import NamedTuple


class Codec(NamedTuple):
    """A codec as an rtpmap names it. `payload_type` is its static one (RFC 3551, 6), or None."""

    name: str
    clock_rate: int
    channels: int = 1
    payload_type: int | None = None

    @property
    def rtpmap(self) -> str:
        """The encoding as `a=rtpmap` writes it: `PCMU/8000`."""
        channels = f"/{self.channels}" if self.channels > 1 else ""
        return f"{self.name}/{self.clock_rate}{channels}"


PCMU = Codec("PCMU", 8000, payload_type=0)
PCMA = Codec("PCMA", 8000, payload_type=8)
G722 = Codec("G722", 8000, payload_type=9)
"""Its audio is 16 kHz; the 8000 is an old mistake that stays (RFC 3551, 4.5.2)."""

CODECS = (PCMU, PCMA, G722)
"""Every codec, in the order of our offers. In answers the other side's order counts: who prefers G.722 gets it."""
