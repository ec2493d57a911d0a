"""The media engine as control sees it: commands that return at once, events to one listener a leg."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from voicecore.ids import LegId, PlayoutId, RecordingId, SoundId
from voicecore.media.events import MediaEvent

Listener = Callable[[MediaEvent], None]
"""Called on the loop's thread, in the order of happening. Must not raise."""


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
    browser: BrowserPeer | None = None
    """Of a leg that `open_browser_leg` made, and of no other. Remote address and ports are ignored then."""


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """How the engine did since it was last asked. Lateness in milliseconds."""

    legs: int
    workers: int
    ticks: int
    tick_late_p99_ms: float
    tick_late_max_ms: float
    events_dropped: int
    ports_free: int


class MediaEngine(Protocol):
    """Two exist: the native one, and the simulated one of `voicecore.testing`.

    Commands are values with ids; nothing here assumes that the engine shares our memory.
    """

    @property
    def address(self) -> str:
        """The address that SDP names."""

    def open_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> int:
        """Reserves a port pair and returns the RTP port. Raises `PortsExhausted`."""

    def open_browser_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> BrowserAccess:
        """A leg over ICE and DTLS-SRTP on the browsers' port. Raises `PortsExhausted` when there is no room.

        `MediaConnected` comes when ICE and DTLS are done, `MediaDisconnected` when the peer is lost; the leg stays.
        """

    def restart_ice(self, leg: LegId) -> BrowserAccess:
        """A new ufrag and password for a browser leg whose peer changed its own (RFC 8445, 9), or is to be another.

        The old ones hold until `configure_leg` named the peer's new ones and these have connected. A peer with
        another fingerprint is another browser: DTLS begins anew, and what is played, recorded and heard goes on.
        """

    def configure_leg(self, leg: LegId, spec: LegSpec) -> None:
        """Starts the leg, or changes it after a re-INVITE."""

    def hear(self, leg: LegId, sources: Sequence[LegId]) -> None:
        """What the leg's peer hears while nothing is played to it: the sum of these legs."""

    def close_leg(self, leg: LegId) -> None:
        """Ends the leg; `LegClosed` is its last event."""

    def load_sound(self, samples: bytes) -> SoundId:
        """Takes 8 kHz mono 16-bit PCM."""

    def unload_sound(self, sound: SoundId) -> None: ...

    def play(
        self, leg: LegId, sounds: Sequence[SoundId], *, repeat: bool = False, in_step: bool = False
    ) -> PlayoutId:
        """Plays the sounds without a gap; `PlayoutFinished` says how it ended."""

    def stop(self, leg: LegId, playout: PlayoutId) -> None: ...

    def send_digits(self, leg: LegId, digits: str) -> int:
        """Sends events or tones, as `DigitWay` says; returns the request's number, which `DigitsSent` repeats."""

    def relay_digits(self, from_leg: LegId, to_leg: LegId, on: bool) -> None:
        """While on, and while one hears the other, what is pressed on the first leg is sent on the second in its own
        way. Tones that become events are not heard there as well. Both directions are two relays."""

    def watch_speech(self, leg: LegId, on: bool, *, hang_over_ms: int = 500) -> None: ...

    def record(self, leg: LegId, path: str, *, stereo: bool) -> RecordingId: ...

    def stop_recording(self, leg: LegId, recording: RecordingId) -> None: ...

    def load(self) -> EngineLoad: ...
