"""A media engine without media: playouts last as long as their sounds, in the loop's (virtual) time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from voicecore.errors import PortsExhausted, UsageError
from voicecore.ids import LegId, PlayoutId, RecordingId, SoundId
from voicecore.media.engine import BrowserAccess, BrowserPeer, DigitWay, EngineLoad, LegSpec, Listener
from voicecore.media.events import (
    DigitEnded,
    DigitsSent,
    DigitStarted,
    DisconnectCause,
    LegClosed,
    LegStatistics,
    MediaConnected,
    MediaDisconnected,
    MediaEvent,
    PlayoutEnd,
    PlayoutFinished,
    RecordingFinished,
    RtpTimedOut,
    SpeechEnded,
    SpeechStarted,
)

BYTES_PER_SECOND = 16000
BROWSER_PORT = 19998
FINGERPRINT = "sha-256 " + ":".join(f"{octet:02X}" for octet in range(32))
"""Of no certificate: there is no handshake to check it in."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One sound that a leg's peer heard, whole or in part. Times are the loop's seconds."""

    sound: SoundId
    began: float
    ended: float


@dataclass(slots=True)
class _Playout:
    id: PlayoutId
    sounds: Sequence[SoundId]
    began: float
    timer: asyncio.TimerHandle | None


@dataclass(slots=True)
class SimulatedLeg:
    """What a test may look at: what the leg was told, and what its peer heard."""

    listener: Listener
    port: int
    spec: LegSpec | None = None
    sources: tuple[LegId, ...] = ()
    sent_digits: str = ""
    heard: list[Heard] = field(default_factory=list)
    recordings: dict[RecordingId, float] = field(default_factory=dict)
    playing: _Playout | None = None
    is_watched: bool = False
    relays: set[LegId] = field(default_factory=set)
    access: BrowserAccess | None = None
    """Of a browser leg: our side as SDP tells it."""
    connected: BrowserPeer | None = None
    """Of a browser leg: whom ICE and DTLS reached; None while they have not."""


class SimulatedEngine:
    """Implements `MediaEngine`. Recordings write no file; `press`, `speak` and `fall_silent` are the peer."""

    address = "192.0.2.1"

    def __init__(self, first_port: int = 20000, legs: int = 10_000) -> None:
        self.legs: dict[LegId, SimulatedLeg] = {}
        self.most_legs = legs
        self.browser_addresses: tuple[str, ...] = (self.address,)
        self.sounds: dict[SoundId, bytes] = {}
        self._numbers = count(1)
        self._ports = count(first_port, 2)
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Returns when the next playout begins or ends."""
        await self._changed.wait()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # -- the peer ---------------------------------------------------------------------------------
    def press(self, leg: LegId, digit: str, duration_ms: int = 100, *, in_band: bool = False) -> None:
        """A key; a tone that the leg is not configured to find is only audio."""
        spec = self.legs[leg].spec
        if in_band and (spec is None or spec.digit_way is DigitWay.EVENT):
            return
        now = self._loop.time()
        self._tell(leg, DigitStarted(leg, now, digit, in_band))
        self._tell(leg, DigitEnded(leg, now + duration_ms / 1000, digit, duration_ms, in_band))
        for name, other in self.legs.items():
            if leg in other.relays and (leg in other.sources or name in self.legs[leg].sources):
                other.sent_digits += digit

    def speak(self, leg: LegId) -> None:
        if self.legs[leg].is_watched:
            self._tell(leg, SpeechStarted(leg, self._loop.time()))

    def fall_silent(self, leg: LegId) -> None:
        if self.legs[leg].is_watched:
            self._tell(leg, SpeechEnded(leg, self._loop.time()))

    def lose_media(self, leg: LegId, silent_ms: int = 30_000) -> None:
        self._tell(leg, RtpTimedOut(leg, self._loop.time(), silent_ms))

    def connect(
        self, leg: LegId, peer: BrowserPeer, address: str = "198.51.100.9", port: int = 50000
    ) -> None:
        """ICE and DTLS of a browser leg come to their end."""
        self.legs[leg].connected = peer
        self._tell(leg, MediaConnected(leg, self._loop.time(), address, port))

    def disconnect(self, leg: LegId, why: DisconnectCause = DisconnectCause.CONSENT_LOST) -> None:
        """A browser leg loses its peer."""
        self.legs[leg].connected = None
        self._tell(leg, MediaDisconnected(leg, self._loop.time(), why))

    # -- commands ---------------------------------------------------------------------------------
    def open_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> int:
        if len(self.legs) >= self.most_legs:
            raise PortsExhausted("every RTP port pair of [media] ports is in use")
        self.legs[leg] = SimulatedLeg(listener, next(self._ports))
        return self.legs[leg].port

    def open_browser_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> BrowserAccess:
        if len(self.legs) >= self.most_legs:
            raise PortsExhausted("the engine has no room for another browser")
        self.legs[leg] = SimulatedLeg(listener, BROWSER_PORT)
        return self.restart_ice(leg)

    def restart_ice(self, leg: LegId) -> BrowserAccess:
        number = next(self._numbers)
        access = BrowserAccess(
            self.browser_addresses,
            BROWSER_PORT,
            f"ufrag{number}",
            f"password+of+22+letters{number}",
            FINGERPRINT,
        )
        self.legs[leg].access = access
        return access

    def configure_leg(self, leg: LegId, spec: LegSpec) -> None:
        """A browser leg connects in the next turn, to each new peer once."""
        state = self.legs[leg]
        if (spec.browser is None) is not (state.access is None):
            raise UsageError("browser legs are configured with a browser peer, and no others")
        state.spec = spec
        if spec.browser is not None and spec.browser != state.connected:
            self.connect(leg, spec.browser)

    def hear(self, leg: LegId, sources: Sequence[LegId]) -> None:
        self.legs[leg].sources = tuple(sources)

    def close_leg(self, leg: LegId) -> None:
        state = self.legs[leg]
        self._end_playout(leg, PlayoutEnd.LEG_CLOSED)
        for recording in list(state.recordings):
            self.stop_recording(leg, recording)
        self._tell(leg, LegClosed(leg, self._loop.time(), LegStatistics(packets_sent=1)))
        # The listener hears of it in the next turn; nobody may command the leg any more.
        del self.legs[leg]

    def load_sound(self, samples: bytes) -> SoundId:
        sound = SoundId(next(self._numbers))
        self.sounds[sound] = samples
        return sound

    def unload_sound(self, sound: SoundId) -> None:
        del self.sounds[sound]

    def play(
        self, leg: LegId, sounds: Sequence[SoundId], *, repeat: bool = False, in_step: bool = False
    ) -> PlayoutId:
        self._end_playout(leg, PlayoutEnd.REPLACED)
        playout = PlayoutId(next(self._numbers))
        length = sum(len(self.sounds[sound]) for sound in sounds) / BYTES_PER_SECOND
        timer = None if repeat else self._loop.call_later(length, self._end_playout, leg, PlayoutEnd.PLAYED)
        self.legs[leg].playing = _Playout(playout, tuple(sounds), self._loop.time(), timer)
        self._change()
        return playout

    def stop(self, leg: LegId, playout: PlayoutId) -> None:
        playing = self.legs[leg].playing
        if playing is not None and playing.id == playout:
            self._end_playout(leg, PlayoutEnd.STOPPED)

    def send_digits(self, leg: LegId, digits: str) -> int:
        request = next(self._numbers)
        self.legs[leg].sent_digits += digits
        self._loop.call_later(0.2 * len(digits), self._tell, leg, DigitsSent(leg, self._loop.time(), request))
        return request

    def relay_digits(self, from_leg: LegId, to_leg: LegId, on: bool) -> None:
        relays = self.legs[to_leg].relays
        if on:
            relays.add(from_leg)
        else:
            relays.discard(from_leg)

    def watch_speech(self, leg: LegId, on: bool, *, hang_over_ms: int = 500) -> None:
        self.legs[leg].is_watched = on

    def record(self, leg: LegId, path: str, *, stereo: bool) -> RecordingId:
        recording = RecordingId(next(self._numbers))
        self.legs[leg].recordings[recording] = self._loop.time()
        return recording

    def stop_recording(self, leg: LegId, recording: RecordingId) -> None:
        began = self.legs[leg].recordings.pop(recording, None)
        if began is not None:
            now = self._loop.time()
            self._tell(leg, RecordingFinished(leg, now, recording, round((now - began) * 1000), 0))

    def load(self) -> EngineLoad:
        return EngineLoad(len(self.legs), 1, 0, 0.0, 0.0, 0, 2 * (self.most_legs - len(self.legs)))

    # -- events -----------------------------------------------------------------------------------
    def _end_playout(self, leg: LegId, end: PlayoutEnd) -> None:
        state = self.legs.get(leg)
        if state is None or (playing := state.playing) is None:
            return
        state.playing = None
        self._change()
        if playing.timer is not None:
            playing.timer.cancel()
        now = self._loop.time()
        self._note_heard(state, playing, now)
        played_ms = round((now - playing.began) * 1000)
        self._tell(leg, PlayoutFinished(leg, now, playing.id, end, played_ms))

    def _note_heard(self, leg: SimulatedLeg, playing: _Playout, now: float) -> None:
        began = playing.began
        for sound in playing.sounds:
            if began >= now and began > playing.began:
                break
            ended = began + len(self.sounds[sound]) / BYTES_PER_SECOND
            leg.heard.append(Heard(sound, began, min(ended, now)))
            began = ended

    def _tell(self, leg: LegId, event: MediaEvent) -> None:
        """In the next turn of the loop, as the native engine's events come."""
        state = self.legs.get(leg)
        if state is not None:
            self._loop.call_soon(state.listener, event)
