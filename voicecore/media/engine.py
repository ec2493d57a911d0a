"""The media engine as control sees it: commands that return at once, events to one listener a leg, taps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from voicecore.clock import Instant
from voicecore.ids import ConferenceId, LegId, PlayoutId, RecordingId, SoundId, StreamId, TapId
from voicecore.media.admission import Standing
from voicecore.media.call_progress import ToneWatch
from voicecore.media.events import ConferenceEvent, MediaEvent
from voicecore.media.leg_spec import BrowserAccess, LegSpec

Listener = Callable[[MediaEvent], None]
"""Called on the loop's thread, in the order of happening. Must not raise."""


ConferenceListener = Callable[[ConferenceEvent], None]
"""Called on the loop's thread. Must not raise."""


class Voice(NamedTuple):
    """A leg that is heard louder or softer: 20 dB at most, and -72 is silence."""

    leg: LegId
    gain_db: float = 0.0


class Start(NamedTuple):
    """How a playout begins, with its first packet."""

    from_ms: int = 0
    """From the beginning of the first sound, as `MediaEngine.seek` takes it."""
    decibels: float = 0.0
    """As `MediaEngine.volume` takes it."""


AS_IT_IS = Start()


class RecordingFormat(Enum):
    WAV = "wav"
    """16-bit linear samples."""
    OPUS = "opus"
    """Ogg Opus (RFC 7845), 24 kbit/s a channel."""


class RecordingLayout(Enum):
    """What of a leg is in its recording."""

    PARTY = "party"
    """What the peer says."""
    MIXED = "mixed"
    """Both sides in one channel."""
    STEREO = "stereo"
    """Left what the peer says, right what it hears."""

    @property
    def channels(self) -> int:
        return 2 if self is RecordingLayout.STEREO else 1


class TapSide(Enum):
    """Which way the audio goes that is tapped."""

    FROM_PEER = "from peer"
    """What the peer says, after the jitter buffer."""
    TO_PEER = "to peer"
    """What the peer hears."""


Samples = npt.NDArray[np.int16]
"""16-bit mono."""


class AudioBatch(NamedTuple):
    """Audio of a leg, without a gap inside: 16-bit mono, not to be written to."""

    leg: LegId
    at: Instant
    """Of the first sample by the media clock, which is the loop's."""
    rate: int
    """Samples a second."""
    samples: Samples
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
    def addresses(self) -> tuple[str, ...]:
        """Those that SDP names: one for each family of IP that is served, the preferred one first."""

    @property
    def fingerprint(self) -> str:
        """Of our certificate in DTLS, as `a=fingerprint` writes it: `sha-256 AA:BB:...` (RFC 8122, 5)."""

    def open_leg(
        self, leg: LegId, listener: Listener, *, near: LegId | None = None, address: str | None = None
    ) -> int:
        """Reserves a port pair at one of `addresses`, or the first, and returns the RTP port.

        Raises `PortsExhausted`; Unavailable at the engine's limit.
        """

    def move_leg(self, leg: LegId, address: str) -> int:
        """Another port pair, at another of `addresses`, for a leg of `open_leg`; returns its RTP port.

        What comes to the old one is lost from now on; `configure_leg` says where to send from the new one. What is
        played, recorded and heard goes on. Raises `PortsExhausted`.
        """

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

    def hear(self, leg: LegId, sources: Sequence[LegId | Voice]) -> None:
        """What the leg's peer hears while nothing is played to it: the sum of these legs, and of its conference.

        One of the same conference is heard with this gain in place of the conference's: with that, monitor (hears both,
        heard by none), whisper (heard by one of them) and barge (by both) are settings of one graph.
        """

    def open_conference(self, listener: ConferenceListener) -> ConferenceId:
        """A conference without members. Raises Unavailable beyond 1024 of them."""

    def close_conference(self, conference: ConferenceId) -> None:
        """Ends it; who is in it leaves it. Nothing is told of it any more."""

    def join(
        self,
        leg: LegId,
        conference: ConferenceId,
        *,
        muted: bool = False,
        deaf: bool = False,
        gain_db: float = 0.0,
    ) -> None:
        """The leg hears all others of the conference and they hear it; again for other settings.

        A leg is in one conference at most. Who is silent is not mixed. `deaf` hears only whom `hear` names.
        """

    def leave(self, leg: LegId) -> None:
        """Out of its conference, if it is in one."""

    def announce(
        self, conference: ConferenceId, sounds: Sequence[SoundId | StreamId], *, repeat: bool = False
    ) -> PlayoutId:
        """All members hear it over each other, in place of what is announced now; no sounds end that.

        `Announced` tells its end. Raises UsageError when nobody is in the conference.
        """

    def close_leg(self, leg: LegId) -> None:
        """Ends the leg; `LegClosed` is its last event."""

    def load_sound(self, samples: bytes, *, rate: int = 8000) -> SoundId:
        """Takes mono 16-bit PCM of 8,000, 16,000, 24,000 or 48,000 Hz. Every leg hears as much of it as it can."""

    def unload_sound(self, sound: SoundId) -> None: ...

    def play(
        self,
        leg: LegId,
        sounds: Sequence[SoundId | StreamId],
        *,
        repeat: bool = False,
        in_step: bool = False,
        over: bool = False,
        start: Start = AS_IT_IS,
    ) -> PlayoutId:
        """Plays the sounds without a gap; `PlayoutFinished` says how it ended.

        They are heard in place of what the leg hears, or mixed `over` that; a leg has one playout of each kind, and
        the next one replaces it. A stream is played once and not repeated.
        """

    def stop(self, leg: LegId, playout: PlayoutId) -> None: ...

    def pause(self, leg: LegId, playout: PlayoutId, on: bool) -> None:
        """Silence in place of the playout, or on from where it was."""

    def seek(self, leg: LegId, playout: PlayoutId, to_ms: int) -> None:
        """Goes on at that place of the sequence. A playout with a stream has no places and stays where it is."""

    def volume(self, leg: LegId, playout: PlayoutId, decibels: float) -> None:
        """From now on, 20 dB at most; -72 is silence."""

    def open_stream(self, *, rate: int = 8000, room_ms: int = 2000) -> StreamId:
        """Audio to be pushed while it is played, at 8, 16, 24 or 48 kHz, with room for what was not played yet.

        Raises UsageError for another rate, or for room that is not 20 to 60,000 ms.
        """

    def push(self, stream: StreamId, samples: Samples) -> int:
        """Appends samples and returns how many found room: offer the rest again, later.

        A stream whose playout is over takes all and forgets them. Raises UsageError when it was ended.
        """

    def end_stream(self, stream: StreamId) -> None:
        """Nothing more comes. What was pushed is played to its end."""

    def send_digits(self, leg: LegId, digits: str) -> int:
        """Sends events or tones, as `DigitWay` says; returns the request's number, which `DigitsSent` repeats."""

    def relay_digits(self, from_leg: LegId, to_leg: LegId, on: bool) -> None:
        """While on, and while one hears the other, what is pressed on the first leg is sent on the second in its own
        way. Tones that become events are not heard there as well. Both directions are two relays."""

    def watch_speech(self, leg: LegId, on: bool, *, hang_over_ms: int = 500) -> None: ...

    def automatic_gain(self, leg: LegId, on: bool) -> None:
        """While on, what others hear of the peer is brought to one level of speech, and so is what is recorded."""

    def watch_tones(self, leg: LegId, watch: ToneWatch | None) -> None:
        """`ToneHeard` tells these tones from now on, in place of those before; None: no tones, at no cost."""

    def record(
        self,
        leg: LegId,
        path: str,
        *,
        layout: RecordingLayout,
        format: RecordingFormat = RecordingFormat.WAV,
        highest_rate: int = 16_000,
        since: Instant | None = None,
    ) -> RecordingId:
        """The file has the leg's sample rate of now, and at most `highest_rate`: 8,000, 16,000 or 48,000. It
        stays when the leg gets another codec.

        `since`: when the file begins, with silence up to the leg's first audio, so that the files of several legs lie
        along one clock; None: with that audio.
        """

    def hush_recording(self, leg: LegId, recording: RecordingId, on: bool, mark: int) -> None:
        """Silence of the same length in place of sound, or sound again. `RecordingMarked` tells where, with the number
        `mark`: the end waits until the last key that could be heard there has sounded."""

    def mark_recording(self, leg: LegId, recording: RecordingId, mark: int) -> None:
        """`RecordingMarked` tells where. Nothing comes of a recording that is over, here and above."""

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
        """Hands out a leg's audio at 8, 16, 24 or 48 kHz, whatever its codec, in batches of 10 to 1000 ms.

        It ends with the leg. A batch before a loss is shorter. Who is slower than the audio for 2.5 s loses the
        oldest of it. Raises UsageError for another rate or length, and for a fifth tap of one leg at once.
        """

    def untap(self, leg: LegId, tap: TapId) -> None:
        """Ends a tap; nothing is heard after it. One that is over is ignored."""

    def measure(self, leg: LegId) -> None:
        """Asks for a `Statistics` event with what went over the leg until now. A crowded event queue drops it."""

    @property
    def standing(self) -> Standing:
        """How much more the engine takes. It opens no leg beyond that, and the legs that it has are as good as ever."""

    def load(self) -> EngineLoad: ...
