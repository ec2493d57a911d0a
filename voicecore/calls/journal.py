"""What happened in a call, kept while it runs and turned into its record when it is over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from functools import lru_cache

from voicecore.calls.recording import Recording
from voicecore.clock import Clock
from voicecore.ids import CallId, LegId
from voicecore.media.events import RecordingFailed, RecordingFinished
from voicecore.sip.hop import Address, Hop
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
    SPOKEN = "spoken"
    GATHERED = "gathered"
    CHOICE = "choice"
    RECORDING_STARTED = "recording started"
    RECORDING_FAILED = "recording failed"
    RECORDED = "recorded"
    MARK = "mark"
    DIALLED = "dialled"
    DIAL_OUTCOME = "dial outcome"
    BRIDGED = "bridged"
    UNBRIDGED = "unbridged"
    SUPERVISED = "supervised"
    JOINED = "joined conference"
    LEFT = "left conference"
    ADOPTED = "adopted"
    RELEASED = "released"
    TRANSFER = "transfer"
    HELD = "held"
    RESUMED = "resumed"
    MEDIA_TIMED_OUT = "media timed out"
    ONE_WAY_AUDIO = "one-way audio"
    TONE = "tone"
    CONNECTION = "connection"
    IDENTITY = "identity"
    DEGRADED = "degraded"
    NOTE = "note"
    WEB = "web"
    FLOW_FAILED = "flow failed"
    ENDED = "ended"
    DROPPED = "dropped"


HIDDEN = "hidden"
"""Stands where a detail would tell a secret."""

TELLING = frozenset(
    {
        EventKind.DIGIT,
        EventKind.SPOKEN,
        EventKind.CHOICE,
        EventKind.PROMPT,
        EventKind.DEGRADED,
        EventKind.NOTE,
        EventKind.MARK,
    }
)
"""Kinds of steps whose details tell, or read back, what the caller pressed or said."""

_LONGEST_SECRETS = 4096
"""Keys pressed in secret that are remembered, so that a traceback does not show them."""

_numbers = re.compile(r"[0-9]{3,}")


@lru_cache(maxsize=1024)
def _place(address: Address) -> str:
    """Twice for each message, and nearly always of a few addresses."""
    return str(address)


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
        self._secrets = ""
        self.secret_blocks = 0
        """Blocks that are open in which nothing may be kept of what is pressed."""

    def note(self, kind: EventKind, detail: str = "") -> None:
        if len(self._events) >= MAX_EVENTS:
            self._dropped_events += 1
            return
        if self.is_secret and kind in TELLING:
            detail = HIDDEN
        self._events.append(EventRecord(self.call, len(self._events), self._clock.wall(), kind.value, detail))

    def key(self, leg: LegId, digit: str) -> None:
        """A key that a leg's peer pressed."""
        self._remember(digit)
        self.note(EventKind.DIGIT, f"leg {leg}: {digit}")

    def spoken(self, leg: LegId, text: str, meaning: str) -> None:
        """What a leg's peer said, as it was heard and as it was understood."""
        if meaning:
            self._remember(meaning)
        self.note(EventKind.SPOKEN, f"leg {leg}: {text}")

    @property
    def is_secret(self) -> bool:
        return self.secret_blocks > 0

    @contextmanager
    def secret(self, leg: LegId, typed_ahead: int) -> Iterator[None]:
        """What is pressed during the block is not kept, nor the leg's last keys, which wait to be taken in it."""
        self.secret_blocks += 1
        self._hide_keys(leg, typed_ahead)
        try:
            yield
        finally:
            self.secret_blocks -= 1
            self._remember(" ")  # what is pressed in the next block is another secret

    def without_secrets(self, text: str) -> str:
        """The text, with asterisks for numbers of three digits or more that were pressed in secret."""
        if not self._secrets:
            return text
        return _numbers.sub(lambda one: "*" * len(one[0]) if one[0] in self._secrets else one[0], text)

    def _remember(self, digit: str) -> None:
        if self.is_secret or digit == " ":
            self._secrets = (self._secrets + digit)[-_LONGEST_SECRETS:]

    def _hide_keys(self, leg: LegId, count: int) -> None:
        mark = f"leg {leg}: "
        found = (one for one in reversed(self._events) if one.kind == EventKind.DIGIT.value)
        keys = [one for one in found if one.detail.startswith(mark)][:count]
        for one in reversed(keys):
            self._remember(one.detail.removeprefix(mark))
            self._events[one.sequence] = replace(one, detail=HIDDEN)

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
                _place(hop.local),
                _place(hop.remote),
                masked(data),
            )
        )

    def recording(self, leg: LegId, recording: Recording, ended: RecordingFinished | RecordingFailed) -> None:
        """A complete file, or what the disk took of one. Its start is counted back from its end, both on the media
        clock."""
        number = len(self._recordings) + 1
        duration_ms = ended.kept_ms if isinstance(ended, RecordingFailed) else ended.duration_ms
        started = self._clock.wall(ended.at) - timedelta(milliseconds=duration_ms)
        self._recordings.append(
            RecordingRecord(
                number,
                self.call,
                leg,
                recording.path,
                started,
                duration_ms,
                ended.lost_ms,
                recording.layout.channels,
                recording.marks,
            )
        )

    @property
    def recorded(self) -> int:
        """Recordings that are over and can be heard."""
        return len(self._recordings)

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
