"""What one leg is: where its peer is, how audio and keys go to and fro, as offer and answer agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class DigitWay(Enum):
    """How keys come and go over a leg, beside the telephone-events that are understood wherever they were agreed."""

    EVENT = "event"
    """Tones are not looked for. Digits are sent as events, or as tones where no events were agreed."""
    IN_BAND = "in-band"
    """Tones are found and sent."""
    BOTH = "both"
    """Tones are found, and a key that comes both ways is told once. Digits are sent as with EVENT."""


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """SRTP of one leg: each side's own key, octets of key and salt in one. `suite` as a=crypto names it."""

    suite: str
    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)
    remote_identifier: bytes = b""
    """The MKI that the peer's packets carry."""


@dataclass(frozen=True, slots=True)
class DtlsPeer:
    """Who a leg with ports of its own shakes hands with (RFC 5763). While this stays, so do the keys."""

    fingerprint: str
    """Of its certificate, as `a=fingerprint` writes it, by SHA-256, SHA-384 or SHA-512."""
    tls_id: str
    """Its name for the association (RFC 8842, 4), or ""."""
    dtls_client: bool
    """We begin the handshake: the peer is passive."""


@dataclass(frozen=True, slots=True)
class BrowserAccess:
    """Our side of a browser leg, for SDP: an ICE-lite agent on the one UDP port of all browsers (RFC 8445, 2.5)."""

    addresses: tuple[str, ...]
    """Where browsers may reach it, the best first; each becomes a host candidate."""
    port: int
    ufrag: str
    password: str = field(repr=False)
    fingerprint: str
    """Of our certificate, as `a=fingerprint` writes it: `sha-256 AA:BB:...` (RFC 8122, 5)."""


@dataclass(frozen=True, slots=True)
class BrowserPeer:
    """The other side of a browser leg, from its SDP. ICE finds its address."""

    ufrag: str
    password: str = field(repr=False)
    fingerprint: str
    dtls_client: bool
    """We begin the DTLS handshake: the peer is passive (RFC 8842, 5)."""


class OpusSpec(NamedTuple):
    """How one leg sends Opus."""

    bit_rate: int = 24_000
    """Bits a second, 6,000 to 510,000; less while the peer tells of much loss."""
    complexity: int = 5
    """0, quick, to 10, good."""
    fec: bool = False
    """Packets hold a copy of the frame before, as good as the loss that the peer tells of makes worth while."""
    dtx: bool = False
    """In silence hardly a packet is sent."""
    playback_rate: int = 48_000
    """Twice the highest audio frequency, Hz, that the peer has use for."""
    sample_rate: int = 16_000
    """8000, 12,000, 16,000, 24,000 or 48,000 Hz. The leg hears and is heard at 8, 16 or 48 kHz, the next that is not
    less; with packets longer than 20 ms at 16 at most."""
    limit: int | None = None
    """Bits a second that the peer wants at most, where it said so."""


class LegSpec(NamedTuple):
    """What offer and answer agreed for one leg, in the engine's words."""

    remote_address: str
    remote_port: int
    remote_rtcp_port: int
    codec: str
    payload_type: int
    packet_time_ms: int
    receive_codecs: tuple[tuple[int, str], ...]
    telephone_event: int | None
    sending: bool = True
    receiving: bool = True
    cname: str = ""
    rtp_timeout_ms: int = 0
    digit_way: DigitWay = DigitWay.EVENT
    srtp: SrtpKeys | None = None
    """None: plain RTP, or the keys of DTLS."""
    dtls: DtlsPeer | None = None
    """Keys come from a handshake at the remote address: until then nothing is sent, and what comes is dropped.

    `MediaConnected` tells when they are there, `MediaDisconnected` that they never will be, or that the peer closed.
    """
    rtcp_mux: bool = False
    """RTCP comes and goes at the RTP port (RFC 5761); with DTLS one handshake then makes the keys of both."""
    browser: BrowserPeer | None = None
    """Of a leg that `open_browser_leg` made, and of no other. Remote address and ports are ignored then."""
    event_clocks: tuple[tuple[int, int], ...] | None = None
    """Every payload type of events that the peer may send, and its clock rate; None: `telephone_event`, at 8000."""
    opus: OpusSpec | None = None
    """Where `codec` is opus."""
    one_way_ms: int = 0
    """How long it may send and hear digital silence before `OneWayAudio` tells it; 0: for ever."""
    comfort_noise: bool = False
    """Silence is described instead of sent (RFC 3389; of G729, annex B), where `codec` has a clock of 8000."""
    extended_reports: tuple[str, ...] = ()
    """What of RFC 3611 is sent: rcvr-rtt, voip-metrics, and of a summary loss, dup and jitt."""
