"""What the simulated engine keeps of legs and conferences, for tests to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from voicecore.ids import ConferenceId, LegId, RecordingId, SoundId, StreamId, TapId
from voicecore.media.call_progress import ToneWatch
from voicecore.media.engine import ConferenceListener, Hear, Listener, TapSide, Voice
from voicecore.media.events import LegStatistics
from voicecore.media.leg_spec import BrowserAccess, BrowserPeer, DtlsPeer, LegSpec
from voicecore.testing.simulated_player import Heard, SimulatedPlayer


@dataclass(slots=True)
class SimulatedTap:
    """Who is handed what goes over the leg, and what is not yet a batch."""

    hear: Hear
    side: TapSide
    rate: int
    batch: int
    pending: npt.NDArray[np.int16]


class Part(NamedTuple):
    """A leg's place in a conference."""

    conference: ConferenceId
    muted: bool
    deaf: bool
    gain_db: float


@dataclass(slots=True)
class SimulatedConference:
    """What a test may look at: what the members were told."""

    listener: ConferenceListener
    announced: list[SoundId | StreamId] = field(default_factory=list)
    player: SimulatedPlayer | None = None


@dataclass(slots=True)
class SimulatedLeg:
    """What a test may look at: what the leg was told, and what its peer heard."""

    listener: Listener
    port: int
    address: str
    """Of ours, where that port is."""
    spec: LegSpec | None = None
    voices: tuple[Voice, ...] = ()
    """Whom it was told to hear."""
    part: Part | None = None
    sent_digits: str = ""
    heard: list[Heard] = field(default_factory=list)
    recordings: dict[RecordingId, float] = field(default_factory=dict)
    players: dict[bool, SimulatedPlayer | None] = field(default_factory=lambda: {False: None, True: None})
    """What is played in place of what the leg hears (False), and over it (True)."""
    is_watched: bool = False
    has_automatic_gain: bool = False
    tone_watch: ToneWatch | None = None
    """The tones that it was told to listen for."""
    relays: set[LegId] = field(default_factory=set)
    taps: dict[TapId, SimulatedTap] = field(default_factory=dict)
    access: BrowserAccess | None = None
    """Of a browser leg: our side as SDP tells it."""
    statistics: LegStatistics = field(default_factory=lambda: LegStatistics(packets_sent=1))
    """What the engine has measured, whenever it is asked."""
    connected: BrowserPeer | DtlsPeer | None = None
    """Of a browser leg: whom ICE and DTLS reached; None while they have not."""

    @property
    def sources(self) -> tuple[LegId, ...]:
        return tuple(voice.leg for voice in self.voices)

    @property
    def playing(self) -> tuple[SoundId | StreamId, ...]:
        """What is being played, whole sequences."""
        return sum((player.sounds for player in self.players.values() if player), ())
