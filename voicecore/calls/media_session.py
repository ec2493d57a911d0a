"""One leg's side of the media engine: what it asked for and has not heard of yet. Knows no SIP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar, assert_never

import structlog

from voicecore.calls.audibility import Audibility
from voicecore.calls.inbox import DigitBuffer, SpeechWatch, ToneEar
from voicecore.calls.media_observer import MediaObserver
from voicecore.calls.playout import AudioStream, Playout
from voicecore.calls.recording import Recording
from voicecore.clock import Instant
from voicecore.errors import Unavailable
from voicecore.ids import ConferenceId, LegId, PlayoutId, RecordingId, TapId
from voicecore.media import events
from voicecore.media.call_progress import ProgressTone, ToneWatch
from voicecore.media.engine import (
    AS_IT_IS,
    Hear,
    MediaEngine,
    RecordingFormat,
    RecordingLayout,
    Start,
    TapSide,
)
from voicecore.media.leg_spec import BrowserAccess, LegSpec
from voicecore.media.sounds import Sound

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

CLOSE_PATIENCE = 2.0
"""Seconds to wait for the engine's last word about a leg."""


class MediaSession:
    """The media of one leg, from the reserved port to the last statistics."""

    def __init__(
        self,
        engine: MediaEngine,
        leg: LegId,
        *,
        near: LegId | None = None,
        observer: MediaObserver,
        rtp_timeout_ms: int = 0,
        one_way_ms: int = 0,
        automatic_gain: bool = False,
        is_browser: bool = False,
        address: str | None = None,
    ) -> None:
        """`is_browser`: over ICE and DTLS, instead of at a port pair of its own at `address`, one of the engine's."""
        loop = asyncio.get_running_loop()
        self.leg = leg
        self.digits = DigitBuffer()
        self.speech = SpeechWatch()
        self.statistics: events.LegStatistics | None = None
        self._engine = engine
        self._audibility = Audibility(engine, leg)
        self._observer = observer
        self._rtp_timeout_ms = rtp_timeout_ms
        self._one_way_ms = one_way_ms
        self._ears: list[ToneEar] = []
        self._tone_watch: ToneWatch | None = None
        self._playouts: dict[PlayoutId, asyncio.Future[events.PlayoutFinished]] = {}
        self._until_key: Playout | None = None
        """What the next key stops."""
        self._recordings: dict[RecordingId, Recording] = {}
        self._digits_sent: dict[int, asyncio.Future[None]] = {}
        self._closed: asyncio.Future[events.LegClosed] = loop.create_future()
        self._closing = False
        self.access: BrowserAccess | None = None
        """Our side of a browser leg."""
        if is_browser:
            self.access = engine.open_browser_leg(leg, self._receive, near=near)
            self.port = self.access.port
        else:
            self.port = engine.open_leg(leg, self._receive, near=near, address=address)
        if automatic_gain:
            self.automatic_gain(True)

    def observe(self, observer: MediaObserver) -> None:
        """Who is told from now on: the leg went to another call."""
        self._observer = observer

    # -- commands -------------------------------------------------------------------------------
    def configure(self, spec: LegSpec) -> None:
        # A peer that was told to send nothing is not gone because it does.
        timeout = self._rtp_timeout_ms if spec.receiving else 0
        self._engine.configure_leg(
            self.leg, spec._replace(rtp_timeout_ms=timeout, one_way_ms=self._one_way_ms)
        )

    def move(self, address: str) -> int:
        """To a port pair at another address of the engine's; returns the port."""
        self.port = self._engine.move_leg(self.leg, address)
        return self.port

    def restart_ice(self) -> BrowserAccess:
        """New credentials for a browser leg whose peer has new ones, or becomes another."""
        self.access = self._engine.restart_ice(self.leg)
        return self.access

    def hear(self, sources: Sequence[MediaSession | tuple[MediaSession, float]]) -> None:
        """What the peer hears while nothing is played to it, and how many dB louder or softer.

        Itself is an echo; nobody is silence, or its conference without exceptions.
        """
        if not self._closing:
            pairs = [source if isinstance(source, tuple) else (source, 0.0) for source in sources]
            self._audibility.hear([(source._audibility, gain_db) for source, gain_db in pairs])

    def join(
        self,
        conference: ConferenceId,
        *,
        muted: bool = False,
        deaf: bool = False,
        gain_db: float = 0.0,
    ) -> None:
        """Into a conference, out of another; again for other settings."""
        if not self._closing:
            self._audibility.join(conference, muted, deaf, gain_db)

    def leave(self) -> None:
        if not self._closing:
            self._audibility.leave()

    def pass_digits_to(self, other: MediaSession, on: bool) -> None:
        """While on, keys of this peer reach the other one in the way that it understands."""
        if not (self._closing or other._closing):
            self._audibility.relay_keys_to(other._audibility, on)

    @property
    def is_secret(self) -> bool:
        """Whether nobody may hear this peer, or get its keys."""
        return self._audibility.is_secret

    def begin_secret(self) -> None:
        """What the peer presses or says is for us alone until `end_secret`, whoever hears it else."""
        self._audibility.begin_secret()

    def end_secret(self) -> None:
        """Others hear the peer again, once the last key has sounded."""
        self._audibility.end_secret()

    def play(
        self,
        sounds: Sequence[Sound | AudioStream],
        *,
        repeat: bool = False,
        in_step: bool = False,
        over: bool = False,
        until_key: bool = False,
        start: Start = AS_IT_IS,
    ) -> Playout:
        """Plays in place of what the peer hears, or mixed `over` it, and in place of the one that is played so now.

        `until_key`: a key that nobody else claims stops it, one that waits already included.
        """
        ids = [sound.id for sound in sounds]
        id = self._engine.play(self.leg, ids, repeat=repeat, in_step=in_step, over=over, start=start)
        done: asyncio.Future[events.PlayoutFinished] = asyncio.get_running_loop().create_future()
        self._playouts[id] = done
        playout = Playout(self, id, done)
        if until_key:
            self._until_key = playout
            self._stop_at_key()
        return playout

    async def quiet(self) -> None:
        """Returns when nothing is played to the peer any more."""
        while running := [done for done in self._playouts.values() if not done.done()]:
            await asyncio.wait(running)

    def stop(self, playout: PlayoutId) -> None:
        if not self._closing:
            self._engine.stop(self.leg, playout)

    def pause(self, playout: PlayoutId, on: bool) -> None:
        if not self._closing:
            self._engine.pause(self.leg, playout, on)

    def seek(self, playout: PlayoutId, to_ms: int) -> None:
        if not self._closing:
            self._engine.seek(self.leg, playout, to_ms)

    def volume(self, playout: PlayoutId, decibels: float) -> None:
        if not self._closing:
            self._engine.volume(self.leg, playout, decibels)

    def open_stream(self, *, rate: int = 8000, room_ms: int = 2000) -> AudioStream:
        """Audio to be played while it is made, with room for so much that was not played yet. `end` it."""
        return AudioStream(self._engine, rate=rate, room_ms=room_ms)

    def press(self, digit: str) -> None:
        """The peer pressed a key and told it by signalling (INFO) instead of audio."""
        self._audibility.key_began()
        self._audibility.key_ended()
        self._key(digit)

    def send_digit_soon(self, digit: str) -> None:
        """Sends a key, after those that are being sent, and does not wait for it."""
        if not self._closing:
            self._engine.send_digits(self.leg, digit)

    async def send_digits(self, digits: str) -> None:
        """Sends telephone-events (RFC 4733) and returns when the last went out."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._digits_sent[self._engine.send_digits(self.leg, digits)] = done
        await done

    def watch_speech(self, on: bool, *, hang_over_ms: int = 500) -> None:
        """While on, `speech` follows what the peer does."""
        self.speech.reset()
        if not self._closing:
            self._engine.watch_speech(self.leg, on, hang_over_ms=hang_over_ms)

    def automatic_gain(self, on: bool) -> None:
        """Whether others hear the peer at one level of speech, from now on."""
        if not self._closing:
            self._engine.automatic_gain(self.leg, on)

    @contextmanager
    def hearing_tones(self, tones: frozenset[ProgressTone], country: str) -> Iterator[ToneEar]:
        """During the block these call-progress tones are listened for, as they are in that country.

        Where several listen, the country is that of the last who came.
        """
        ear = ToneEar(tones, country)
        self._ears.append(ear)
        self._watch_tones()
        try:
            yield ear
        finally:
            self._ears.remove(ear)
            self._watch_tones()

    def _watch_tones(self) -> None:
        watch = None
        if self._ears:
            tones = frozenset[ProgressTone]().union(*(ear.tones for ear in self._ears))
            watch = ToneWatch(self._ears[-1].country, tones)
        if watch != self._tone_watch and not self._closing:
            self._engine.watch_tones(self.leg, watch)
            self._tone_watch = watch

    def record(
        self,
        path: str,
        *,
        layout: RecordingLayout,
        format: RecordingFormat = RecordingFormat.WAV,
        highest_rate: int = 16_000,
        since: Instant | None = None,
    ) -> Recording:
        """`highest_rate` as in `MediaEngine.record`. `since`: when the file begins, with silence before the leg's own
        audio; None: with that."""
        id = self._engine.record(
            self.leg, path, layout=layout, format=format, highest_rate=highest_rate, since=since
        )
        recording = Recording(self, id, path, layout)
        self._recordings[id] = recording
        return recording

    def hush_recording(self, recording: RecordingId, on: bool, mark: int) -> None:
        if not self._closing:
            self._engine.hush_recording(self.leg, recording, on, mark)

    def mark_recording(self, recording: RecordingId, mark: int) -> None:
        if not self._closing:
            self._engine.mark_recording(self.leg, recording, mark)

    def stop_recording(self, recording: RecordingId) -> None:
        if not self._closing:
            self._engine.stop_recording(self.leg, recording)

    def tap(
        self, hear: Hear, *, side: TapSide = TapSide.FROM_PEER, rate: int = 8000, batch_ms: int = 60
    ) -> TapId:
        """Hands out audio until `untap` or the leg's end, as `MediaEngine.tap` does."""
        return self._engine.tap(self.leg, hear, side=side, rate=rate, batch_ms=batch_ms)

    def untap(self, tap: TapId) -> None:
        if not self._closing:
            self._engine.untap(self.leg, tap)

    def measure(self) -> None:
        """Asks how the audio was until now: `statistics` has it soon, unless the engine is overloaded."""
        if not self._closing:
            with suppress(Unavailable):
                self._engine.measure(self.leg)

    def close(self) -> None:
        """Frees the ports. Everything that runs ends; `closed` returns when the engine said so."""
        if not self._closing:
            self._closing = True
            self._audibility.close()
            self._engine.close_leg(self.leg)

    async def closed(self) -> None:
        """Waits, not for ever, for the leg's last event."""
        if self._closed.done():
            return
        try:
            async with asyncio.timeout(CLOSE_PATIENCE):
                await self._closed
        except TimeoutError:
            _log.error("the media engine did not close a leg", leg=self.leg)

    # -- events ---------------------------------------------------------------------------------
    def _receive(self, event: events.MediaEvent) -> None:
        match event:
            case events.DigitStarted():
                self._audibility.key_began()
                self._key(event.digit)
            case events.SpeechStarted():
                self.speech.set(True)
            case events.SpeechEnded():
                self.speech.set(False)
            case events.PlayoutFinished():
                _resolve(self._playouts.pop(event.playout, None), event)
            case events.RecordingFinished() | events.RecordingFailed():
                if recording := self._recordings.pop(event.recording, None):
                    recording.ended(event)
                    self._observer.recording_ended(self.leg, recording, event)
            case events.RecordingMarked():
                if recording := self._recordings.get(event.recording):
                    recording.reached(event)
            case events.RecordingGap():
                if recording := self._recordings.get(event.recording):
                    recording.lost(event)
                    self._observer.recording_gap(self.leg, recording, event)
            case events.DigitsSent():
                _resolve(self._digits_sent.pop(event.request, None), None)
            case events.ToneHeard():
                self._observer.tone_heard(self.leg, event)
                for ear in self._ears:
                    ear.put(event)
            case events.OneWayAudio():
                self._observer.media_is_one_way(self.leg, event.silent_ms)
            case events.RtpTimedOut():
                self._observer.media_timed_out(self.leg, event.silent_ms)
            case events.Statistics():
                self.statistics = event.statistics
            case events.LegClosed():
                self.statistics = event.statistics
                _resolve(self._closed, event)
                self._end_what_is_left()
            case events.MediaConnected():
                self._observer.media_connected(self.leg)
            case events.MediaDisconnected():
                self._observer.media_disconnected(self.leg, event.why)
            case events.DigitEnded():
                self._audibility.key_ended()
            case events.Latched():
                pass  # facts for readers of the engine's log; a call does not change by them
            case _:
                assert_never(event)

    def _key(self, digit: str) -> None:
        self._observer.digit_pressed(self.leg, digit)
        self.digits.put(digit)
        self._stop_at_key()

    def _stop_at_key(self) -> None:
        if self._until_key is not None and self.digits.is_waiting:
            self._until_key.stop()
            self._until_key = None

    def _end_what_is_left(self) -> None:
        for playing in self._playouts.values():
            playing.cancel()
        for sending in self._digits_sent.values():
            sending.cancel()
        for recording in self._recordings.values():
            recording.abandoned()


def _resolve(future: asyncio.Future[_T] | None, result: _T) -> None:
    if future is not None and not future.done():
        future.set_result(result)
