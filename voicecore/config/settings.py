"""What the configuration says, as frozen values. Paths are relative to the working directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voicecore.config.accounts import AccountSettings, RegistrarSettings
from voicecore.config.api import HttpSettings
from voicecore.config.media_wishes import KEY_WAYS
from voicecore.config.recognition import RecognitionSettings
from voicecore.config.recordings import RecordingSettings
from voicecore.config.synthesis import HttpSpeechSettings
from voicecore.config.trunks import TrunkSettings
from voicecore.config.web import WebSettings
from voicecore.exchange.pickups import PickupCodes
from voicecore.guard.fraud_settings import FraudSettings
from voicecore.guard.settings import GuardSettings
from voicecore.guard.stir.settings import StirSettings
from voicecore.sdp.codecs import BROWSER_CODECS, CODECS, Codec
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.sdp.extended_reports import RtcpXr
from voicecore.sdp.negotiation import RtcpMux
from voicecore.sdp.opus import USUAL, OpusPolicy
from voicecore.subscriptions.settings import SubscriptionRules
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.tls import TlsSettings

Argument = str | int | float | bool
"""A value that a number passes to its flow."""


@dataclass(frozen=True, slots=True)
class Listen:
    """One socket for SIP. `transport` is "udp", "tcp", "tls", "ws" or "wss"; `address` has no brackets."""

    transport: str
    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.transport}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SipSettings:
    listen: tuple[Listen, ...]
    identity: str | None = None
    """The SIP URI that outbound calls carry in From; None: made from the first socket."""
    public_address: str | None = None
    """The host that Via and Contact name instead of the address of a socket, as behind a NAT."""
    origins: tuple[str, ...] = ()
    """Whose web pages may connect by WebSocket, such as "https://desk.example.org"; empty: all."""
    connections: ConnectionLimits = field(default_factory=ConnectionLimits)


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """`first_port` to `last_port`, both included, hold RTP on even ports and RTCP on the odd one above."""

    addresses: tuple[str, ...]
    """Of this machine, the preferred one first: one for each family of IP in which audio comes and goes."""
    first_port: int
    last_port: int
    workers: int = 0
    """Media threads; 0 is one a core."""
    max_legs: int = 0
    """The engine opens no more legs at once; 0: as many as there are ports."""
    max_load: float = 0.85
    """Of the media threads' time: at more than that no leg is opened."""
    rtp_timeout_s: float = 0.0
    """A leg that receives no RTP for so long is hung up, unless it is on hold; 0: never."""
    one_way_s: float = 20.0
    """After so long of digital silence from a leg that we send to, its call notes one-way audio; 0: never."""
    country: str = ""
    """Whose call-progress tones are heard and played (ISO 3166 code); "": what ITU-T E.180 recommends."""
    comfort_noise: bool = False
    """Whether peers may send comfort noise in place of silence (RFC 3389)."""
    srtp: Srtp = Srtp.ACCEPT
    srtp_keys: tuple[KeyWay, ...] = KEY_WAYS
    """Where keys of SRTP may come from, best first."""
    rtcp_mux: RtcpMux = RtcpMux.ACCEPT
    rtcp_xr: RtcpXr = RtcpXr.ACCEPT
    silence_suppression: bool = False
    automatic_gain: bool = False
    srtp_needs_tls: bool = False
    """No keys of SRTP stand in SDP where SIP itself goes in the clear. Those of DTLS never do."""
    public_addresses: tuple[str, ...] = ()
    """What peers are told in place of the one of `addresses` of the same family, as behind a NAT."""
    browser_port: int = 0
    """The UDP port of all browsers; 0: the first free one from `first_port`."""
    browser_addresses: tuple[str, ...] = ()
    """Where browsers are told to reach that port, the best first; none: the public ones and `addresses`."""
    codecs: tuple[Codec, ...] = CODECS
    """Those of phones, in the order of our offers. A trunk has its own."""
    browser_codecs: tuple[Codec, ...] = BROWSER_CODECS
    one_codec: bool = True
    """Who talks to each other is led to one codec."""
    opus: OpusPolicy = USUAL
    browser_patience_s: float = 10.0
    """How long a leg whose browser lost its connection is kept."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    url: str


@dataclass(frozen=True, slots=True)
class MusicSettings:
    directory: Path


@dataclass(frozen=True, slots=True)
class PromptSettings:
    directory: Path
    """Holds `manifest.toml` and `recorded/LANGUAGE/NAME.wav`."""
    cache: Path
    language: str


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    synthesisers: tuple[str, ...]
    """Names in order of preference."""
    piper_python: Path | None = None
    """The Python that has piper, where it is not the one that runs us: piper is GPL and never imported."""
    recognition: RecognitionSettings = field(default_factory=RecognitionSettings)
    services: tuple[HttpSpeechSettings, ...] = ()
    """Those of `synthesisers` that are web services."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    level: str
    """One of "debug", "info", "warning", "error"."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address without brackets, and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class TraceSettings:
    hep: Endpoint | None = None
    """The Homer server that gets a copy of every SIP message; None: nobody does."""
    hep_capture_id: int = 2001
    hep_auth_key: str = field(default="", repr=False)
    hep_over_tcp: bool = False


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    listen: Endpoint | None = None
    """Where Prometheus finds /metrics; None: nowhere."""


@dataclass(frozen=True, slots=True)
class CanarySettings:
    """Another flow that a share of a number's calls meets, from 0 to 1."""

    flow: str
    share: float


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """One entry of the number table.

    `match` is a number, or a pattern: `X` is one digit, a `.` at the end one or more of anything.
    `flow` is "module:function"; `language` None means the prompts' default.
    """

    match: str
    flow: str
    args: Mapping[str, Argument] = field(default_factory=dict)
    language: str | None = None
    canary: CanarySettings | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file. `file` is its name for messages."""

    file: str
    sip: SipSettings
    tls: TlsSettings
    media: MediaSettings
    store: StoreSettings
    recordings: RecordingSettings
    music: MusicSettings
    prompts: PromptSettings
    speech: SpeechSettings
    log: LogSettings
    guard: GuardSettings
    fraud: FraudSettings
    stir: StirSettings
    numbers: tuple[NumberSettings, ...]
    registrar: RegistrarSettings
    accounts: tuple[AccountSettings, ...]
    subscriptions: SubscriptionRules
    pickup: PickupCodes
    trunks: tuple[TrunkSettings, ...]
    trace: TraceSettings = TraceSettings()
    metrics: MetricsSettings = MetricsSettings()
    http: HttpSettings = field(default_factory=HttpSettings)
    web: WebSettings = field(default_factory=WebSettings)
