"""A media engine without media: playouts last as long as their sounds, in the loop's (virtual) time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import numpy.typing as npt

from voicecore.errors import PortsExhausted, UsageError
from voicecore.ids import LegId, PlayoutId, RecordingId, SoundId, TapId
from voicecore.media.engine import AudioBatch, DigitWay, EngineLoad, Hear, LegSpec, Listener, TapSide
from voicecore.media.events import (
    DigitEnded,
    DigitsSent,
    DigitStarted,
    LegClosed,
    LegStatistics,
    MediaEvent,
    PlayoutEnd,
    PlayoutFinished,
    RecordingFinished,
    RtpTimedOut,
    SpeechEnded,
    SpeechStarted,
)

BYTES_PER_SECOND = 16000


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
class _Tap:
    hear: Hear
    side: TapSide
    rate: int
    batch: int
    pending: npt.NDArray[np.int16]


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
    taps: dict[TapId, _Tap] = field(default_factory=dict)


class SimulatedEngine:
    """Implements `MediaEngine`. Recordings write no file; `press`, `speak`, `fall_silent` and `utter` are the peer."""

    address = "192.0.2.1"

    def __init__(self, first_port: int = 20000, legs: int = 10_000) -> None:
        self.legs: dict[LegId, SimulatedLeg] = {}
        self.most_legs = legs
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

    def utter(self, leg: LegId, samples: npt.NDArray[np.int16], rate: int = 8000) -> None:
        """Audio of the peer, for taps of what it says. All of it is heard at once; nothing else is audio here."""
        now = self._loop.time()
        for name, tap in self.legs[leg].taps.items():
            if tap.side is not TapSide.FROM_PEER:
                continue
            heard = samples.repeat(2) if tap.rate > rate else samples[:: rate // tap.rate]
            at = now - len(tap.pending) / tap.rate
            tap.pending = np.concatenate([tap.pending, heard])
            while len(tap.pending) >= tap.batch:
                whole, tap.pending = tap.pending[: tap.batch], tap.pending[tap.batch :]
                self._loop.call_soon(self._hand_out, leg, name, AudioBatch(leg, at, tap.rate, whole, 0))
                at += tap.batch / tap.rate

    def lose_media(self, leg: LegId, silent_ms: int = 30_000) -> None:
        self._tell(leg, RtpTimedOut(leg, self._loop.time(), silent_ms))

    # -- commands ---------------------------------------------------------------------------------
    def open_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> int:
        if len(self.legs) >= self.most_legs:
            raise PortsExhausted("every RTP port pair of [media] ports is in use")
        self.legs[leg] = SimulatedLeg(listener, next(self._ports))
        return self.legs[leg].port

    def configure_leg(self, leg: LegId, spec: LegSpec) -> None:
        self.legs[leg].spec = spec

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

    def tap(
        self,
        leg: LegId,
        hear: Hear,
        *,
        side: TapSide = TapSide.FROM_PEER,
        rate: int = 8000,
        batch_ms: int = 60,
    ) -> TapId:
        if rate not in (8000, 16000) or batch_ms not in range(10, 1001, 10):
            raise UsageError(f"no tap has {rate} Hz and batches of {batch_ms} ms")
        tap = TapId(next(self._numbers))
        self.legs[leg].taps[tap] = _Tap(hear, side, rate, rate // 1000 * batch_ms, np.empty(0, np.int16))
        return tap

    def untap(self, leg: LegId, tap: TapId) -> None:
        self.legs[leg].taps.pop(tap, None)

    def load(self) -> EngineLoad:
        return EngineLoad(len(self.legs), 1, 0, 0.0, 0.0, 0, 2 * (self.most_legs - len(self.legs)))

    def _hand_out(self, leg: LegId, name: TapId, batch: AudioBatch) -> None:
        if leg in self.legs and (tap := self.legs[leg].taps.get(name)):
            tap.hear(batch)

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
