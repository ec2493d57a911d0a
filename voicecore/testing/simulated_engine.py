"""A media engine without media: playouts last as long as their sounds, in the loop's (virtual) time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count

import numpy as np
import numpy.typing as npt

from voicecore.clock import Instant
from voicecore.errors import PortsExhausted, Unavailable, UsageError
from voicecore.ids import ConferenceId, LegId, PlayoutId, RecordingId, SoundId, StreamId, TapId
from voicecore.media.admission import Standing
from voicecore.media.call_progress import ToneWatch
from voicecore.media.engine import (
    ConferenceListener,
    EngineLoad,
    Hear,
    Listener,
    RecordingFormat,
    RecordingLayout,
    TapSide,
    Voice,
)
from voicecore.media.events import (
    Announced,
    DigitsSent,
    LegClosed,
    PlayoutEnd,
    PlayoutFinished,
    RecordingFailed,
    RecordingFinished,
    RecordingMarked,
    Statistics,
)
from voicecore.media.leg_spec import BrowserAccess, LegSpec
from voicecore.testing.simulated_leg import Part, SimulatedConference, SimulatedLeg, SimulatedTap
from voicecore.testing.simulated_peers import SimulatedPeers
from voicecore.testing.simulated_player import Piece, SimulatedPlayer, SimulatedStream

RATES = (8000, 16_000, 24_000, 48_000)
"""Of taps and streams."""
SILENCE_DB = -72.0
"""From here on nothing is heard."""
BROWSER_PORT = 19998
FINGERPRINT = "sha-256 " + ":".join(f"{octet:02X}" for octet in range(32))
"""Of no certificate: there is no handshake to check it in."""


class SimulatedEngine(SimulatedPeers):
    """Implements `MediaEngine`. Recordings write no file."""

    fingerprint = FINGERPRINT

    def __init__(
        self, first_port: int = 20000, legs: int = 10_000, addresses: tuple[str, ...] = ("192.0.2.1",)
    ) -> None:
        super().__init__()
        self.addresses = addresses
        self.most_legs = legs
        self.standing = Standing()
        self.browser_addresses: tuple[str, ...] = addresses
        self.sounds: dict[SoundId, bytes] = {}
        self._sound_rates: dict[SoundId, int] = {}
        self.streams: dict[StreamId, SimulatedStream] = {}
        self.conferences: dict[ConferenceId, SimulatedConference] = {}
        self._numbers = count(1)
        self._ports = count(first_port, 2)
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Returns when the next playout begins or ends."""
        await self._changed.wait()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # -- commands ---------------------------------------------------------------------------------
    def open_leg(
        self, leg: LegId, listener: Listener, *, near: LegId | None = None, address: str | None = None
    ) -> int:
        if not self.standing.admits(len(self.legs)):
            raise Unavailable("the media engine is at its limit")
        if len(self.legs) >= self.most_legs:
            raise PortsExhausted("every RTP port pair of [media] ports is in use")
        self.legs[leg] = SimulatedLeg(listener, next(self._ports), address or self.addresses[0])
        return self.legs[leg].port

    def move_leg(self, leg: LegId, address: str) -> int:
        assert address in self.addresses, "a leg is at an address of ours"
        state = self.legs[leg]
        state.address, state.port = address, next(self._ports)
        return state.port

    def open_browser_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> BrowserAccess:
        if not self.standing.admits(len(self.legs)):
            raise Unavailable("the media engine is at its limit")
        if len(self.legs) >= self.most_legs:
            raise PortsExhausted("the engine has no room for another browser")
        self.legs[leg] = SimulatedLeg(listener, BROWSER_PORT, self.addresses[0])
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
        """A leg over DTLS connects in the next turn, to each new peer once."""
        state = self.legs[leg]
        if (spec.browser is None) is not (state.access is None):
            raise UsageError("browser legs are configured with a browser peer, and no others")
        state.spec = spec
        peer = spec.browser or spec.dtls
        if peer is not None and peer != state.connected:
            self.connect(leg, peer)

    def hear(self, leg: LegId, sources: Sequence[LegId | Voice]) -> None:
        voices = (source if isinstance(source, Voice) else Voice(source) for source in sources)
        self.legs[leg].voices = tuple(voices)

    def heard_by(self, leg: LegId) -> dict[LegId, float]:
        """Whom a leg hears now and how loud in dB, those that it was told to hear and those of its conference."""
        part, heard = self.legs[leg].part, dict[LegId, float]()
        for name, other in self.legs.items():
            theirs = other.part
            if part and theirs and not part.deaf and name != leg and theirs.conference == part.conference:
                heard[name] = SILENCE_DB if theirs.muted else theirs.gain_db
        heard.update((voice.leg, voice.gain_db) for voice in self.legs[leg].voices if voice.leg in self.legs)
        return {name: gain for name, gain in heard.items() if gain > SILENCE_DB}

    def open_conference(self, listener: ConferenceListener) -> ConferenceId:
        conference = ConferenceId(next(self._numbers))
        self.conferences[conference] = SimulatedConference(listener)
        return conference

    def close_conference(self, conference: ConferenceId) -> None:
        for leg in self.legs.values():
            if leg.part and leg.part.conference == conference:
                leg.part = None
        del self.conferences[conference]

    def join(
        self,
        leg: LegId,
        conference: ConferenceId,
        *,
        muted: bool = False,
        deaf: bool = False,
        gain_db: float = 0.0,
    ) -> None:
        assert conference in self.conferences, "the conference is closed"
        self.legs[leg].part = Part(conference, muted, deaf, gain_db)
        self._change()

    def leave(self, leg: LegId) -> None:
        self.legs[leg].part = None
        self._change()

    def announce(
        self, conference: ConferenceId, sounds: Sequence[SoundId | StreamId], *, repeat: bool = False
    ) -> PlayoutId:
        room = self.conferences[conference]
        if not any(leg.part and leg.part.conference == conference for leg in self.legs.values()):
            raise UsageError("nobody is in the conference")
        playout = PlayoutId(next(self._numbers))
        if room.player is not None:
            room.player.end(PlayoutEnd.REPLACED)

        def ended(player: SimulatedPlayer, end: PlayoutEnd) -> None:
            event = Announced(conference, self._loop.time(), player.id, end, round(player.played * 1000))
            self._loop.call_soon(room.listener, event)

        if sounds:
            room.announced += sounds
            pieces = [self._piece(name, once=not repeat) for name in sounds]
            room.player = SimulatedPlayer(playout, pieces, ended, repeat=repeat)
        return playout

    def close_leg(self, leg: LegId) -> None:
        state = self.legs[leg]
        for player in list(state.players.values()):
            if player is not None:
                player.end(PlayoutEnd.LEG_CLOSED)
        for recording in list(state.recordings):
            self.stop_recording(leg, recording)
        self._tell(leg, LegClosed(leg, self._loop.time(), state.statistics))
        # The listener hears of it in the next turn; nobody may command the leg any more.
        del self.legs[leg]

    def load_sound(self, samples: bytes, *, rate: int = 8000) -> SoundId:
        sound = SoundId(next(self._numbers))
        self.sounds[sound] = samples
        self._sound_rates[sound] = rate
        return sound

    def unload_sound(self, sound: SoundId) -> None:
        del self.sounds[sound], self._sound_rates[sound]

    def play(
        self,
        leg: LegId,
        sounds: Sequence[SoundId | StreamId],
        *,
        repeat: bool = False,
        in_step: bool = False,
        over: bool = False,
        start: tuple[int, float] = (0, 0.0),
    ) -> PlayoutId:
        playout = PlayoutId(next(self._numbers))
        pieces = [self._piece(name, once=not repeat and not in_step) for name in sounds]
        self._replace(leg, over)

        def ended(player: SimulatedPlayer, end: PlayoutEnd) -> None:
            self._playout_ended(leg, player, end, over=over)

        # In this order: a playout of nothing ends at once.
        self.legs[leg].players[over] = None
        player = SimulatedPlayer(playout, pieces, ended, repeat=repeat)
        from_ms, player.decibels = start
        if from_ms:
            player.seek(from_ms / 1000)
        self.legs[leg].players[over] = None if player.is_over else player
        self._change()
        return playout

    def _piece(self, name: SoundId | StreamId, *, once: bool) -> Piece:
        if stream := self.streams.get(StreamId(name)):
            if stream.player is not None or not once:
                raise UsageError("a stream is played once and has no beginning to go to")
            return Piece(name, 0.0, stream)
        sound = SoundId(name)
        return Piece(name, len(self.sounds[sound]) / (2 * self._sound_rates[sound]))

    def _replace(self, leg: LegId, over: bool) -> None:
        if player := self.legs[leg].players[over]:
            player.end(PlayoutEnd.REPLACED)

    def _player(self, leg: LegId, playout: PlayoutId) -> SimulatedPlayer | None:
        players = self.legs[leg].players.values()
        return next((player for player in players if player and player.id == playout), None)

    def stop(self, leg: LegId, playout: PlayoutId) -> None:
        if player := self._player(leg, playout):
            player.end(PlayoutEnd.STOPPED)

    def pause(self, leg: LegId, playout: PlayoutId, on: bool) -> None:
        if player := self._player(leg, playout):
            player.pause(on)

    def seek(self, leg: LegId, playout: PlayoutId, to_ms: int) -> None:
        if player := self._player(leg, playout):
            player.seek(to_ms / 1000)

    def volume(self, leg: LegId, playout: PlayoutId, decibels: float) -> None:
        if player := self._player(leg, playout):
            player.decibels = decibels

    def open_stream(self, *, rate: int = 8000, room_ms: int = 2000) -> StreamId:
        if rate not in RATES or not 20 <= room_ms <= 60_000:
            raise UsageError(f"no stream has {rate} Hz and room for {room_ms} ms")
        stream = StreamId(next(self._numbers))
        self.streams[stream] = SimulatedStream(rate, room_ms / 1000)
        return stream

    def push(self, stream: StreamId, samples: npt.NDArray[np.int16]) -> int:
        if stream not in self.streams or self.streams[stream].is_over:
            raise UsageError(f"stream {stream} is not open")
        return self.streams[stream].push(len(samples))

    def end_stream(self, stream: StreamId) -> None:
        if stream in self.streams:
            self.streams[stream].end()

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

    def automatic_gain(self, leg: LegId, on: bool) -> None:
        self.legs[leg].has_automatic_gain = on

    def watch_tones(self, leg: LegId, watch: ToneWatch | None) -> None:
        self.legs[leg].tone_watch = watch

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
        recording = RecordingId(next(self._numbers))
        self.legs[leg].recordings[recording] = self._loop.time() if since is None else since
        return recording

    def hush_recording(self, leg: LegId, recording: RecordingId, on: bool, mark: int) -> None:
        """Keys have no length here: the end is at once, too."""
        self.mark_recording(leg, recording, mark)

    def mark_recording(self, leg: LegId, recording: RecordingId, mark: int) -> None:
        began = self.legs[leg].recordings.get(recording)
        if began is not None:
            now = self._loop.time()
            self._tell(leg, RecordingMarked(leg, now, recording, mark, round((now - began) * 1000)))

    def stop_recording(self, leg: LegId, recording: RecordingId) -> None:
        began = self.legs[leg].recordings.pop(recording, None)
        if began is not None:
            now = self._loop.time()
            self._tell(leg, RecordingFinished(leg, now, recording, round((now - began) * 1000), 0))

    def fill_disk(self, leg: LegId) -> None:
        """What is recorded of the leg now ends; what was until now is in the files."""
        now = self._loop.time()
        for recording, began in self.legs[leg].recordings.items():
            kept_ms = round((now - began) * 1000)
            self._tell(leg, RecordingFailed(leg, now, recording, "No space left on device", kept_ms))
        self.legs[leg].recordings.clear()

    def tap(
        self,
        leg: LegId,
        hear: Hear,
        *,
        side: TapSide = TapSide.FROM_PEER,
        rate: int = 8000,
        batch_ms: int = 60,
    ) -> TapId:
        if rate not in RATES or batch_ms not in range(10, 1001, 10):
            raise UsageError(f"no tap has {rate} Hz and batches of {batch_ms} ms")
        tap = TapId(next(self._numbers))
        self.legs[leg].taps[tap] = SimulatedTap(
            hear, side, rate, rate // 1000 * batch_ms, np.empty(0, np.int16)
        )
        return tap

    def untap(self, leg: LegId, tap: TapId) -> None:
        self.legs[leg].taps.pop(tap, None)

    def measure(self, leg: LegId) -> None:
        """What `statistics` of the leg says; a test writes it there."""
        self._tell(leg, Statistics(leg, self._loop.time(), self.legs[leg].statistics))

    def load(self) -> EngineLoad:
        return EngineLoad(len(self.legs), 1, 0, 0.0, 0.0, 0, 2 * (self.most_legs - len(self.legs)))

    # -- events -----------------------------------------------------------------------------------
    def _playout_ended(self, leg: LegId, player: SimulatedPlayer, end: PlayoutEnd, *, over: bool) -> None:
        if (state := self.legs.get(leg)) is None:
            return
        state.players[over] = None
        state.heard += player.heard
        self._change()
        lengths = round(player.played * 1000), round(player.starved * 1000)
        self._tell(leg, PlayoutFinished(leg, self._loop.time(), player.id, end, *lengths))
