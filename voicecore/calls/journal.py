"""What happened in a call, kept while it runs and turned into its record when it is over."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from voicecore.clock import Clock
from voicecore.ids import CallId, LegId
from voicecore.media.events import RecordingFinished
from voicecore.sip.hop import Hop
from voicecore.store.records import EventRecord, LadderMessage, RecordingRecord
from voicecore.trace.secrets import masked

MAX_EVENTS = 2000
"""Steps kept of one call; when full, later ones are counted and dropped."""

MAX_MESSAGES = 500
"""SIP messages kept of one call; when full, later ones are counted and dropped."""


class EventKind(Enum):
    """The kinds of steps in a call's journal."""

    RINGING = "ringing"
    EARLY_MEDIA = "early media"
    ANSWERED = "answered"
    PROMPT = "prompt"
    DIGIT = "digit"
    GATHERED = "gathered"
    CHOICE = "choice"
    RECORDING_STARTED = "recording started"
    RECORDING_FAILED = "recording failed"
    RECORDED = "recorded"
    DIALLED = "dialled"
    DIAL_OUTCOME = "dial outcome"
    BRIDGED = "bridged"
    UNBRIDGED = "unbridged"
    ADOPTED = "adopted"
    RELEASED = "released"
    TRANSFER = "transfer"
    HELD = "held"
    RESUMED = "resumed"
    MEDIA_TIMED_OUT = "media timed out"
    IDENTITY = "identity"
    DEGRADED = "degraded"
    FLOW_FAILED = "flow failed"
    ENDED = "ended"
    DROPPED = "dropped"


class Journal:
    """One call's steps, SIP messages and recordings. Bounded; only the call's own tasks write it."""

    def __init__(self, call: CallId, clock: Clock) -> None:
        self.call = call
        self._clock = clock
        self._events: list[EventRecord] = []
        self._ladder: list[LadderMessage] = []
        self._recordings: list[RecordingRecord] = []
        self._dropped_events = 0
        self._dropped_messages = 0

    def note(self, kind: EventKind, detail: str = "") -> None:
        if len(self._events) >= MAX_EVENTS:
            self._dropped_events += 1
            return
        self._events.append(EventRecord(self.call, len(self._events), self._clock.wall(), kind.value, detail))

    def message(self, data: bytes, hop: Hop, sip_call_id: str, *, received: bool) -> None:
        """Kept without its secrets: nobody who may look at a call needs them."""
        if len(self._ladder) >= MAX_MESSAGES:
            self._dropped_messages += 1
            return
        self._ladder.append(
            LadderMessage(
                self.call,
                len(self._ladder),
                self._clock.wall(),
                sip_call_id,
                received,
                str(hop.local),
                str(hop.remote),
                masked(data),
            )
        )

    def recording(self, leg: LegId, path: str, finished: RecordingFinished, channels: int) -> None:
        """A complete file. Its start is counted back from its end, both on the media clock."""
        number = len(self._recordings) + 1
        started = self._clock.wall(finished.at) - timedelta(milliseconds=finished.duration_ms)
        self._recordings.append(
            RecordingRecord(
                number, self.call, leg, path, started, finished.duration_ms, finished.lost_ms, channels
            )
        )

    def events(self) -> tuple[EventRecord, ...]:
        dropped = self._dropped_events + self._dropped_messages
        if not dropped:
            return tuple(self._events)
        text = f"{self._dropped_events} events and {self._dropped_messages} SIP messages did not fit"
        last = EventRecord(self.call, len(self._events), self._clock.wall(), EventKind.DROPPED.value, text)
        return (*self._events, last)

    def ladder(self) -> tuple[LadderMessage, ...]:
        return tuple(self._ladder)

    def recordings(self) -> tuple[RecordingRecord, ...]:
        return tuple(self._recordings)
