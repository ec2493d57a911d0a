"""What the native module tells, as facts, and what it is to listen for, as it takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from voicecore.ids import LegId
from voicecore.media import _native, events
from voicecore.media.call_progress import NETWORK_TONES, ProgressTone, SpecialInformation, ToneWatch, tones_of
from voicecore.media.events import (
    ConferenceEvent,
    DisconnectCause,
    LegStatistics,
    MediaEvent,
    PlayoutEnd,
    Speaker,
)

_PLAYOUT_ENDS = {
    _native.PLAYED: PlayoutEnd.PLAYED,
    _native.STOPPED: PlayoutEnd.STOPPED,
    _native.REPLACED: PlayoutEnd.REPLACED,
    _native.LEG_CLOSED_REASON: PlayoutEnd.LEG_CLOSED,
}


_DISCONNECT_CAUSES = {
    _native.CONSENT_LOST: DisconnectCause.CONSENT_LOST,
    _native.NEVER_CONNECTED: DisconnectCause.NEVER_CONNECTED,
    _native.WRONG_FINGERPRINT: DisconnectCause.WRONG_FINGERPRINT,
    _native.DTLS_CLOSED: DisconnectCause.DTLS_CLOSED,
}

_statistics_fields = attrgetter(*LegStatistics._fields)


def _statistics(native: _native.LegStatistics) -> LegStatistics:
    return LegStatistics(*_statistics_fields(native))


_DECODERS: dict[object, Callable[..., MediaEvent | ConferenceEvent]] = {
    _native.LATCHED: events.Latched,
    _native.DIGIT_STARTED: events.DigitStarted,
    _native.DIGIT_ENDED: events.DigitEnded,
    _native.DIGITS_SENT: events.DigitsSent,
    _native.PLAYOUT_FINISHED: lambda leg, at, playout, reason, *lengths: events.PlayoutFinished(
        leg, at, playout, _PLAYOUT_ENDS[reason], *lengths
    ),
    _native.RECORDING_FINISHED: events.RecordingFinished,
    _native.RECORDING_FAILED: events.RecordingFailed,
    _native.RECORDING_MARKED: events.RecordingMarked,
    _native.RECORDING_GAP: events.RecordingGap,
    _native.SPEECH_STARTED: events.SpeechStarted,
    _native.SPEECH_ENDED: events.SpeechEnded,
    _native.TONE_HEARD: lambda leg, at, tone, meaning, lasted_ms: events.ToneHeard(
        leg, at, ProgressTone(tone), SpecialInformation(meaning), lasted_ms
    ),
    _native.RTP_TIMED_OUT: events.RtpTimedOut,
    _native.ONE_WAY_AUDIO: events.OneWayAudio,
    _native.STATISTICS: lambda leg, at, what: events.Statistics(leg, at, _statistics(what)),
    _native.SPEAKING: lambda conference, at, speakers: events.Speaking(
        conference, at, tuple(Speaker(LegId(leg), level) for leg, level in speakers)
    ),
    _native.ANNOUNCED: lambda conference, at, playout, reason, played_ms: events.Announced(
        conference, at, playout, _PLAYOUT_ENDS[reason], played_ms
    ),
    _native.MEDIA_CONNECTED: events.MediaConnected,
    _native.MEDIA_DISCONNECTED: lambda leg, at, why: events.MediaDisconnected(
        leg, at, _DISCONNECT_CAUSES[why]
    ),
    _native.LEG_CLOSED: lambda leg, at, what: events.LegClosed(leg, at, _statistics(what)),
}


def decode(event: Sequence[Any]) -> MediaEvent | ConferenceEvent:
    """One tuple of the native module as a fact. Times become seconds of the loop's clock."""
    kind, leg, at_ns, *details = event
    return _DECODERS[kind](LegId(leg), at_ns / 1e9, *details)


TonePlan = tuple[list[tuple[str, list[float], list[int]]], list[str]]
"""As the native module's stub explains it."""


def plan_of(watch: ToneWatch) -> TonePlan:
    """What is watched for as the native module takes it."""
    tones = tones_of(watch.country)
    rows = []
    for tone in NETWORK_TONES:
        if tone in watch.tones:
            cadence = tones[tone]
            steps = [round(burst.seconds * 1000) for burst in cadence]
            rows.append((tone.value, list(map(float, cadence[0].hertz)), steps))
    return rows, [tone.value for tone in watch.tones if tone not in NETWORK_TONES]
