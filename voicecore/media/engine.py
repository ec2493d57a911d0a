"""The media engine as control sees it: commands that return at once, events to one listener a leg, taps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from voicecore.clock import Instant
from voicecore.ids import LegId, PlayoutId, RecordingId, SoundId, TapId
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
    """None: plain RTP."""


class TapSide(Enum):
    """Which way the audio goes that is tapped."""

    FROM_PEER = "from peer"
    """What the peer says, after the jitter buffer."""
    TO_PEER = "to peer"
    """What the peer hears."""


class AudioBatch(NamedTuple):
    """Audio of a leg, without a gap inside: 16-bit mono, not to be written to."""

    leg: LegId
    at: Instant
    """Of the first sample by the media clock, which is the loop's."""
    rate: int
    """Samples a second."""
    samples: npt.NDArray[np.int16]
    lost_ms: int
    """Before the first sample: the reader was too slow, or the engine stood still."""


Hear = Callable[[AudioBatch], None]
"""Called on the loop's thread with each batch, in order. Must not raise."""


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

    def tap(
        self,
        leg: LegId,
        hear: Hear,
        *,
        side: TapSide = TapSide.FROM_PEER,
        rate: int = 8000,
        batch_ms: int = 60,
    ) -> TapId:
        """Hands out a leg's audio at 8,000 or 16,000 Hz, whatever its codec, in batches of 10 to 1000 ms.

        It ends with the leg. A batch before a loss is shorter. Who is slower than the audio for 2.5 s loses the
        oldest of it. Raises UsageError for another rate or length, and for a fifth tap of one leg at once.
        """

    def untap(self, leg: LegId, tap: TapId) -> None:
        """Ends a tap; nothing is heard after it. One that is over is ignored."""

    def load(self) -> EngineLoad: ...
