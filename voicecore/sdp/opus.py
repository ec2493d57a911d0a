"""What one side asks of the Opus that it gets, as `a=fmtp` says it (RFC 7587, 6.1 and 7)."""

from __future__ import annotations

from typing import NamedTuple, Self

_MIN_BIT_RATE, _MAX_BIT_RATE = 6000, 510_000
_MIN_PLAYBACK, _MAX_PLAYBACK = 8000, 48_000

SAMPLE_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
"""Of what Opus can carry (RFC 6716, 2.1.3), in Hz."""


class OpusParameters(NamedTuple):
    """A receiver's wishes; each may be passed over, but none helps whom it is passed over for."""

    max_playback_rate: int = _MAX_PLAYBACK
    """In Hz: what is above half of it is not heard."""
    max_average_bit_rate: int | None = None
    """Bits a second; None: as the sender likes."""
    inband_fec: bool = False
    """It makes use of the copy that a packet can hold of the frame before."""
    dtx: bool = False
    """It likes to get no packets in silence."""
    min_packet_time_ms: int = 10

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value after the payload type. What is unknown or makes no sense is passed over (RFC 7587, 6.1)."""
        found: dict[str, str] = {}
        for part in text.split(";"):
            name, _, value = part.partition("=")
            found.setdefault(name.strip().lower(), value.strip())
        rate = _number(found.get("maxaveragebitrate"), _MIN_BIT_RATE, _MAX_BIT_RATE)
        return cls(
            _number(found.get("maxplaybackrate"), _MIN_PLAYBACK, _MAX_PLAYBACK) or _MAX_PLAYBACK,
            rate,
            found.get("useinbandfec") == "1",
            found.get("usedtx") == "1",
            _number(found.get("minptime"), 3, 120) or 10,
        )

    def __str__(self) -> str:
        parts = [f"minptime={self.min_packet_time_ms}", f"useinbandfec={int(self.inband_fec)}"]
        if self.dtx:
            parts.append("usedtx=1")
        if self.max_average_bit_rate is not None:
            parts.append(f"maxaveragebitrate={self.max_average_bit_rate}")
        # Ours is mono both ways, which is what leaving stereo out says; some read it only where it stands.
        parts += ["stereo=0", f"maxplaybackrate={self.max_playback_rate}"]
        parts.append(f"sprop-maxcapturerate={self.max_playback_rate}")
        return ";".join(parts)


class OpusPolicy(NamedTuple):
    """How we send Opus where the other side has no other wish, and what we ask for."""

    bit_rate: int = 24_000
    """Bits a second."""
    complexity: int = 5
    """0, quick, to 10, good."""
    fec: bool = True
    dtx: bool = False
    sample_rate: int = 16_000
    """In Hz, one of SAMPLE_RATES: what is above half of it is neither sent nor heard."""

    @property
    def asked(self) -> OpusParameters:
        """What our descriptions say."""
        return OpusParameters(self.sample_rate, inband_fec=self.fec, dtx=self.dtx)

    def towards(self, theirs: OpusParameters) -> OpusUse:
        """What we send to who asks this."""
        most = theirs.max_average_bit_rate or self.bit_rate
        return OpusUse(
            min(self.bit_rate, most),
            self.complexity,
            self.fec and theirs.inband_fec,
            self.dtx and theirs.dtx,
            min(theirs.max_playback_rate, self.sample_rate),
            self.sample_rate,
            theirs.max_average_bit_rate,
        )


USUAL = OpusPolicy()
"""Where the configuration says nothing."""


class OpusUse(NamedTuple):
    """How one leg sends Opus."""

    bit_rate: int
    complexity: int
    fec: bool
    dtx: bool
    playback_rate: int
    sample_rate: int = 16_000
    limit: int | None = None
    """Bits a second that it wants at most; None: it named none."""


def _number(text: str | None, least: int, most: int) -> int | None:
    """A decimal, brought into its bounds; None for none."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return max(least, min(int(text), most))
