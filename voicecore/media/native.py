"""The native engine behind `MediaEngine`: numbers its commands, decodes its events, feeds the listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from itertools import count
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
import structlog

from voicecore.clock import Instant
from voicecore.errors import PortsExhausted, Unavailable, UsageError
from voicecore.ids import ConferenceId, LegId, PlayoutId, RecordingId, SoundId, StreamId, TapId
from voicecore.media import _native, events
from voicecore.media.admission import Limits, Standing
from voicecore.media.call_progress import ToneWatch
from voicecore.media.engine import (
    AudioBatch,
    ConferenceListener,
    EngineLoad,
    Hear,
    Listener,
    RecordingFormat,
    RecordingLayout,
    Samples,
    TapSide,
    Voice,
)
from voicecore.media.events import ConferenceEvent, MediaEvent
from voicecore.media.leg_spec import BrowserAccess, LegSpec
from voicecore.media.native_agreement import configure
from voicecore.media.native_events import decode, plan_of
from voicecore.media.native_load import LoadWatch
from voicecore.sdp.line import of_family

_log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

_NO_LIMITS = Limits()
_LOAD = tuple(one.name for one in fields(EngineLoad))

_OVERLOADED = "the media engine is overloaded and took no command"

CLOSE_AGAIN = 0.05
"""Seconds until a leg's end is asked for again when the engine's queue was full."""


def _ignore(event: ConferenceEvent) -> None: ...


@contextmanager
def _ports() -> Iterator[None]:
    try:
        yield
    except _native.PortsExhausted as error:
        raise PortsExhausted("every RTP port pair of [media] ports is in use") from error
    except OSError as failure:
        raise Unavailable(f"no RTP port could be opened: {failure}") from failure


class _Tap(NamedTuple):
    leg: LegId
    rate: int
    hear: Hear


class NativeMediaEngine:
    """Implements `MediaEngine`. Create it inside a running loop; `close` ends its threads."""

    def __init__(
        self,
        addresses: tuple[str, ...],
        ports: tuple[int, int],
        workers: int,
        *,
        browser_port: int = 0,
        public_addresses: tuple[str, ...] = (),
        browser_addresses: Sequence[str] = (),
        recording_key: tuple[str, bytes] | None = None,
        limits: Limits = _NO_LIMITS,
    ) -> None:
        """`addresses` of this machine, the preferred one first: one for each family of IP that is to be served. Peers
        are told the public one of the same family, where there is one.

        `browser_port` 0 is the first free one of `ports`; browsers are told these addresses, or the public ones and
        then our own.
        `recording_key` is an id and 32 octets: recordings are sealed with it, and their paths should say so.
        `limits`: how much is taken, before new legs are refused.
        """
        try:
            self._native = _native.Engine(
                address=addresses[0],
                other_address=addresses[1] if len(addresses) > 1 else None,
                first_port=ports[0],
                last_port=ports[1],
                browser_port=browser_port,
                workers=workers,
                recording_key=recording_key,
            )
        except (OSError, ValueError) as error:
            raise Unavailable(f"the media engine cannot start: {error}") from error
        self._bound = {of_family(public_addresses, one) or one: one for one in addresses}
        """What peers are told, and the address of ours that it leads to."""
        self._addresses = tuple(self._bound)
        self._fingerprint = self._native.fingerprint()
        known = tuple(dict.fromkeys((*public_addresses, *addresses)))
        self._browser_addresses = tuple(browser_addresses) or known
        self._listeners: dict[LegId, Listener] = {}
        self._taps: dict[TapId, _Tap] = {}
        self._conferences: dict[ConferenceId, ConferenceListener] = {}
        self._numbers = count(1)
        self._loop = asyncio.get_running_loop()
        self._watch = LoadWatch(self._native, self._loop, limits, lambda: len(self._listeners))
        self._fd = self._native.event_fd()
        self._loop.add_reader(self._fd, self._deliver)

    @property
    def addresses(self) -> tuple[str, ...]:
        return self._addresses

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def close(self) -> None:
        """Closes every leg and recording, joins the threads, delivers the last events."""
        self._watch.close()
        self._loop.remove_reader(self._fd)
        self._native.close()
        self._deliver()

    def _ask(self, command: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Raises Unavailable when the worker's queue is full."""
        try:
            return command(*args, **kwargs)
        except _native.QueueFull as error:
            raise Unavailable(_OVERLOADED) from error

    def _fit(self, command: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Raises UsageError as well, for what the engine never takes."""
        try:
            return self._ask(command, *args, **kwargs)
        except ValueError as error:
            raise UsageError(str(error)) from error

    # -- admission ------------------------------------------------------------------------------
    @property
    def standing(self) -> Standing:
        return self._watch.standing

    def _admit(self) -> None:
        if not self._watch.admits:
            raise Unavailable("the media engine is at its limit")

    # -- legs -----------------------------------------------------------------------------------
    def open_leg(
        self, leg: LegId, listener: Listener, *, near: LegId | None = None, address: str | None = None
    ) -> int:
        self._admit()
        at = None if address is None else self._bound[address]
        with _ports():
            port = self._ask(self._native.open_leg, leg, near=near, address=at)
        self._listeners[leg] = listener
        return port

    def move_leg(self, leg: LegId, address: str) -> int:
        with _ports():
            return self._ask(self._native.move_leg, leg, self._bound[address])

    def open_browser_leg(self, leg: LegId, listener: Listener, *, near: LegId | None = None) -> BrowserAccess:
        self._admit()
        try:
            access = self._ask(self._native.open_browser_leg, leg, near=near)
        except _native.PortsExhausted as error:
            raise PortsExhausted("the engine has no room for another browser") from error
        except OSError as failure:
            raise Unavailable(f"the browsers' port could not be opened: {failure}") from failure
        self._listeners[leg] = listener
        return BrowserAccess(self._browser_addresses, *access)

    def restart_ice(self, leg: LegId) -> BrowserAccess:
        return BrowserAccess(self._browser_addresses, *self._ask(self._native.restart_ice, leg))

    def configure_leg(self, leg: LegId, spec: LegSpec) -> None:
        try:  # not by `_ask`: so many arguments by name are a dictionary each time they are handed on
            configure(self._native, leg, spec)
        except _native.QueueFull as error:
            raise Unavailable(_OVERLOADED) from error

    def hear(self, leg: LegId, sources: Sequence[LegId | Voice]) -> None:
        voices = [source if isinstance(source, Voice) else Voice(source) for source in sources]
        gains = [voice.gain_db for voice in voices]
        self._ask(self._native.hear, leg, [voice.leg for voice in voices], gains)

    # -- conferences ----------------------------------------------------------------------------
    def open_conference(self, listener: ConferenceListener) -> ConferenceId:
        conference = ConferenceId(next(self._numbers))
        self._ask(self._native.open_conference, conference)
        self._conferences[conference] = listener
        return conference

    def close_conference(self, conference: ConferenceId) -> None:
        self._conferences.pop(conference, None)
        self._ask(self._native.close_conference, conference)

    def join(
        self,
        leg: LegId,
        conference: ConferenceId,
        *,
        muted: bool = False,
        deaf: bool = False,
        gain_db: float = 0.0,
    ) -> None:
        self._ask(self._native.join, leg, conference, muted=muted, deaf=deaf, gain_db=gain_db)

    def leave(self, leg: LegId) -> None:
        self._ask(self._native.leave, leg)

    def announce(
        self, conference: ConferenceId, sounds: Sequence[SoundId | StreamId], *, repeat: bool = False
    ) -> PlayoutId:
        playout = PlayoutId(next(self._numbers))
        self._fit(self._native.announce, conference, playout, sounds, repeat=repeat)
        return playout

    def close_leg(self, leg: LegId) -> None:
        try:
            self._native.close_leg(leg)
        except _native.QueueFull:
            # The one command that must not be lost: its port would be.
            self._loop.call_later(CLOSE_AGAIN, self.close_leg, leg)

    # -- players --------------------------------------------------------------------------------
    def load_sound(self, samples: bytes, *, rate: int = 8000) -> SoundId:
        sound = SoundId(next(self._numbers))
        self._native.load_sound(sound, samples, rate=rate)
        return sound

    def unload_sound(self, sound: SoundId) -> None:
        self._native.unload_sound(sound)

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
        self._fit(
            self._native.play, leg, playout, sounds, repeat=repeat, in_step=in_step, over=over, start=start
        )
        return playout

    def stop(self, leg: LegId, playout: PlayoutId) -> None:
        self._ask(self._native.stop, leg, playout)

    def pause(self, leg: LegId, playout: PlayoutId, on: bool) -> None:
        self._ask(self._native.pause, leg, playout, on)

    def seek(self, leg: LegId, playout: PlayoutId, to_ms: int) -> None:
        self._ask(self._native.seek, leg, playout, to_ms)

    def volume(self, leg: LegId, playout: PlayoutId, decibels: float) -> None:
        self._ask(self._native.volume, leg, playout, decibels)

    def open_stream(self, *, rate: int = 8000, room_ms: int = 2000) -> StreamId:
        stream = StreamId(next(self._numbers))
        self._fit(self._native.open_stream, stream, rate=rate, room_ms=room_ms)
        return stream

    def push(self, stream: StreamId, samples: Samples) -> int:
        try:
            return self._native.push(stream, samples.astype("<i2", copy=False).tobytes())
        except KeyError as error:
            raise UsageError(f"stream {stream} is not open") from error

    def end_stream(self, stream: StreamId) -> None:
        self._native.end_stream(stream)

    def send_digits(self, leg: LegId, digits: str) -> int:
        request = next(self._numbers)
        self._ask(self._native.send_digits, leg, request, digits)
        return request

    def relay_digits(self, from_leg: LegId, to_leg: LegId, on: bool) -> None:
        self._ask(self._native.relay_digits, from_leg, to_leg, on)

    def watch_speech(self, leg: LegId, on: bool, *, hang_over_ms: int = 500) -> None:
        self._ask(self._native.watch_speech, leg, on, hang_over_ms=hang_over_ms)

    def automatic_gain(self, leg: LegId, on: bool) -> None:
        self._ask(self._native.automatic_gain, leg, on)

    def watch_tones(self, leg: LegId, watch: ToneWatch | None) -> None:
        self._fit(self._native.watch_tones, leg, None if watch is None else plan_of(watch))

    # -- recorders ------------------------------------------------------------------------------
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
        since_ns = None if since is None else round(since * 1e9)
        self._ask(
            self._native.record,
            leg,
            recording,
            path,
            layout=layout.value,
            format=format.value,
            highest_rate=highest_rate,
            since_ns=since_ns,
        )
        return recording

    def hush_recording(self, leg: LegId, recording: RecordingId, on: bool, mark: int) -> None:
        self._ask(self._native.hush_recording, leg, recording, on, mark)

    def mark_recording(self, leg: LegId, recording: RecordingId, mark: int) -> None:
        self._ask(self._native.mark_recording, leg, recording, mark)

    def stop_recording(self, leg: LegId, recording: RecordingId) -> None:
        self._ask(self._native.stop_recording, leg, recording)

    def measure(self, leg: LegId) -> None:
        self._ask(self._native.statistics, leg)

    def load(self) -> EngineLoad:
        native = self._native.load()
        return EngineLoad(**{name: getattr(native, name) for name in _LOAD})

    # -- taps -----------------------------------------------------------------------------------
    def tap(
        self,
        leg: LegId,
        hear: Hear,
        *,
        side: TapSide = TapSide.FROM_PEER,
        rate: int = 8000,
        batch_ms: int = 60,
    ) -> TapId:
        tap = TapId(next(self._numbers))
        self._fit(self._native.tap, leg, tap, to_peer=side is TapSide.TO_PEER, rate=rate, batch_ms=batch_ms)
        self._taps[tap] = _Tap(leg, rate, hear)
        return tap

    def untap(self, leg: LegId, tap: TapId) -> None:
        if self._taps.pop(tap, None) is not None:
            self._ask(self._native.untap, leg, tap)

    def _hear(self) -> None:
        while polled := self._native.poll_tap():
            name, batches = polled
            for at_ns, lost_ms, octets in batches:
                if tap := self._taps.get(TapId(name)):
                    samples = np.frombuffer(octets, np.int16)
                    tap.hear(AudioBatch(tap.leg, at_ns / 1e9, tap.rate, samples, lost_ms))

    # -- events ---------------------------------------------------------------------------------
    def _deliver(self) -> None:
        while tuples := self._native.poll_events():
            for item in tuples:
                event = decode(item)
                if isinstance(event, events.Speaking | events.Announced):
                    # One that was closed meanwhile has nobody to tell.
                    self._conferences.get(event.conference, _ignore)(event)
                else:
                    self._tell(event)
        self._hear()

    def _tell(self, event: MediaEvent) -> None:
        if isinstance(event, events.LegClosed):
            listener = self._listeners.pop(event.leg, None)
            self._forget_taps_of(event.leg)
        else:
            listener = self._listeners.get(event.leg)
        if listener is None:
            _log.warning("event for an unknown leg", leg=event.leg, kind=type(event).__name__)
        else:
            listener(event)

    def _forget_taps_of(self, leg: LegId) -> None:
        for name in [name for name, tap in self._taps.items() if tap.leg == leg]:
            del self._taps[name]
