"""What the media engine tells: frozen facts, decoded from the tuples of the native module."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from voicecore.clock import Instant
from voicecore.ids import ConferenceId, LegId, PlayoutId, RecordingId
from voicecore.media.call_progress import ProgressTone, SpecialInformation


class PlayoutEnd(Enum):
    """Why a playout ended."""

    PLAYED = "played"
    STOPPED = "stopped"
    REPLACED = "replaced"
    LEG_CLOSED = "leg closed"


class DisconnectCause(Enum):
    """Why a leg over DTLS lost its peer."""

    CONSENT_LOST = "consent lost"
    """No answer to the checks of the path for as long as consent lasts (RFC 7675, 5.1)."""
    NEVER_CONNECTED = "never connected"
    """ICE or DTLS did not come to an end in the engine's time."""
    WRONG_FINGERPRINT = "wrong fingerprint"
    """The peer's certificate is not the one that its SDP named (RFC 8122, 6.2)."""
    DTLS_CLOSED = "dtls closed"
    """The peer said so (close_notify), or the handshake failed."""


class LegStatistics(NamedTuple):
    """What went over one leg. Counts are packets, times milliseconds; the native stub explains each."""

    packets_sent: int = 0
    octets_sent: int = 0
    packets_received: int = 0
    octets_received: int = 0
    packets_lost: int = 0
    packets_discarded: int = 0
    packets_unauthenticated: int = 0
    packets_replayed: int = 0
    packets_relayed: int = 0
    is_relayed: bool = False
    concealed_ms: int = 0
    jitter_ms: float = 0.0
    max_gap_ms: float = 0.0
    max_send_gap_ms: float = 0.0
    round_trip_ms: float | None = None
    remote_loss: float | None = None
    remote_jitter_ms: float | None = None
    mos: float | None = None
    remote_mos: float | None = None
    remote_r_factor: float | None = None
    remote_burst_loss: float | None = None
    remote_gap_loss: float | None = None
    remote_delay_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Latched:
    leg: LegId
    at: Instant
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class DigitStarted:
    """A key went down. `in_band`: as a tone in the audio, not as a telephone-event; who sent both is told once."""

    leg: LegId
    at: Instant
    digit: str
    in_band: bool = False


@dataclass(frozen=True, slots=True)
class DigitEnded:
    leg: LegId
    at: Instant
    digit: str
    duration_ms: int
    in_band: bool = False


@dataclass(frozen=True, slots=True)
class DigitsSent:
    leg: LegId
    at: Instant
    request: int


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    leg: LegId
    at: Instant
    playout: PlayoutId
    end: PlayoutEnd
    played_ms: int
    """What went out: without pauses and without silence of a stream that had nothing to play."""
    starved_ms: int = 0
    """How long a stream that had begun had nothing to play."""


@dataclass(frozen=True, slots=True)
class RecordingFinished:
    leg: LegId
    at: Instant
    recording: RecordingId
    duration_ms: int
    lost_ms: int


@dataclass(frozen=True, slots=True)
class RecordingMarked:
    """A mark, or a beginning or end of silence that was asked for, came to be at this place of the recording."""

    leg: LegId
    at: Instant
    recording: RecordingId
    mark: int
    position_ms: int


@dataclass(frozen=True, slots=True)
class RecordingGap:
    """So much audio found no room on its way to the file, because the disk is slow, and is silence there."""

    leg: LegId
    at: Instant
    recording: RecordingId
    position_ms: int
    lost_ms: int


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """The disk took no more. What it took before, `kept_ms` long, is a file that plays."""

    leg: LegId
    at: Instant
    recording: RecordingId
    problem: str
    kept_ms: int = 0
    lost_ms: int = 0


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    leg: LegId
    at: Instant


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    leg: LegId
    at: Instant


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """A tone that is watched for; once while it goes on."""

    leg: LegId
    at: Instant
    """When it was known to be that tone."""
    tone: ProgressTone
    meaning: SpecialInformation
    lasted_ms: int
    """The newest burst of it, so far."""


@dataclass(frozen=True, slots=True)
class RtpTimedOut:
    leg: LegId
    at: Instant
    silent_ms: int


@dataclass(frozen=True, slots=True)
class OneWayAudio:
    """We send, and for so long nothing came back but digital silence, or nothing at all. Once a silence."""

    leg: LegId
    at: Instant
    silent_ms: int


@dataclass(frozen=True, slots=True)
class MediaConnected:
    """DTLS of a leg is done, and of a browser leg ICE: audio flows from and to this address.

    Again after an ICE restart, or another handshake.
    """

    leg: LegId
    at: Instant
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class MediaDisconnected:
    """A leg over DTLS lost its peer. The leg stays: an ICE restart, or another description, may bring it back."""

    leg: LegId
    at: Instant
    why: DisconnectCause


@dataclass(frozen=True, slots=True)
class Statistics:
    leg: LegId
    at: Instant
    statistics: LegStatistics


@dataclass(frozen=True, slots=True)
class LegClosed:
    leg: LegId
    at: Instant
    statistics: LegStatistics


MediaEvent = (
    Latched
    | DigitStarted
    | DigitEnded
    | DigitsSent
    | PlayoutFinished
    | RecordingFinished
    | RecordingFailed
    | RecordingMarked
    | RecordingGap
    | SpeechStarted
    | SpeechEnded
    | ToneHeard
    | RtpTimedOut
    | OneWayAudio
    | MediaConnected
    | MediaDisconnected
    | Statistics
    | LegClosed
)


class Speaker(NamedTuple):
    leg: LegId
    level_db: float
    """Of the loudest packet lately: mean square, relative to full scale."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """Who speaks in a conference, the loudest first and four at most; nobody when all fell silent.

    Told when they are others, at most five times a second, and once a second while they stay.
    """

    conference: ConferenceId
    at: Instant
    speakers: tuple[Speaker, ...]


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement into a conference ended."""

    conference: ConferenceId
    at: Instant
    playout: PlayoutId
    end: PlayoutEnd
    played_ms: int


ConferenceEvent = Speaking | Announced
