"""What the peers of a simulated engine's legs do: keys, speech, tones, silence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import gcd

import numpy as np
import numpy.typing as npt

from voicecore.ids import LegId, TapId
from voicecore.media.call_progress import ProgressTone, SpecialInformation
from voicecore.media.engine import AudioBatch, Listener, TapSide
from voicecore.media.events import (
    DigitEnded,
    DigitStarted,
    DisconnectCause,
    MediaConnected,
    MediaDisconnected,
    MediaEvent,
    OneWayAudio,
    RtpTimedOut,
    SpeechEnded,
    SpeechStarted,
    ToneHeard,
)
from voicecore.media.leg_spec import BrowserPeer, DigitWay, DtlsPeer
from voicecore.testing.simulated_leg import SimulatedLeg


class SimulatedPeers:
    """The far ends of legs. Made as a part of `SimulatedEngine`, whose legs these are."""

    def __init__(self) -> None:
        self.legs: dict[LegId, SimulatedLeg] = {}
        self._loop = asyncio.get_running_loop()

    def press(self, leg: LegId, digit: str, duration_ms: int = 100, *, in_band: bool = False) -> None:
        """A key; a tone that the leg is not configured to find is only audio."""
        spec = self.legs[leg].spec
        if in_band and (spec is None or spec.digit_way is DigitWay.EVENT):
            return
        now = self._loop.time()
        self._tell(
            leg,
            DigitStarted(leg, now, digit, in_band),
            DigitEnded(leg, now + duration_ms / 1000, digit, duration_ms, in_band),
        )
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
            common = gcd(tap.rate, rate)
            heard = samples.repeat(tap.rate // common)[:: rate // common]
            at = now - len(tap.pending) / tap.rate
            tap.pending = np.concatenate([tap.pending, heard])
            while len(tap.pending) >= tap.batch:
                whole, tap.pending = tap.pending[: tap.batch], tap.pending[tap.batch :]
                self._loop.call_soon(self._hand_out, leg, name, AudioBatch(leg, at, tap.rate, whole, 0))
                at += tap.batch / tap.rate

    def sound(
        self,
        leg: LegId,
        tone: ProgressTone,
        meaning: SpecialInformation = SpecialInformation.UNSPECIFIED,
        *,
        lasted_ms: int = 500,
    ) -> None:
        """A call-progress tone; one that the leg does not listen for is only audio."""
        watch = self.legs[leg].tone_watch
        if watch is not None and tone in watch.tones:
            self._tell(leg, ToneHeard(leg, self._loop.time(), tone, meaning, lasted_ms))

    def hear_nothing(self, leg: LegId, silent_ms: int = 20_000) -> None:
        """Digital silence for so long, or nothing at all."""
        self._tell(leg, OneWayAudio(leg, self._loop.time(), silent_ms))

    def lose_media(self, leg: LegId, silent_ms: int = 30_000) -> None:
        self._tell(leg, RtpTimedOut(leg, self._loop.time(), silent_ms))

    def connect(
        self, leg: LegId, peer: BrowserPeer | DtlsPeer, address: str = "198.51.100.9", port: int = 50000
    ) -> None:
        """ICE and DTLS of a browser leg come to their end, or DTLS of another one."""
        self.legs[leg].connected = peer
        self._tell(leg, MediaConnected(leg, self._loop.time(), address, port))

    def disconnect(self, leg: LegId, why: DisconnectCause = DisconnectCause.CONSENT_LOST) -> None:
        """A leg over DTLS loses its peer."""
        self.legs[leg].connected = None
        self._tell(leg, MediaDisconnected(leg, self._loop.time(), why))

    def _hand_out(self, leg: LegId, name: TapId, batch: AudioBatch) -> None:
        if leg in self.legs and (tap := self.legs[leg].taps.get(name)):
            tap.hear(batch)

    def _tell(self, leg: LegId, *events: MediaEvent) -> None:
        """In the next turn of the loop, as the native engine's events come."""
        state = self.legs.get(leg)
        if state is not None:
            self._loop.call_soon(_hand_over, state.listener, events)


def _hand_over(listener: Listener, events: Sequence[MediaEvent]) -> None:
    for event in events:
        listener(event)
