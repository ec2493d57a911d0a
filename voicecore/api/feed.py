"""Events in order, the last ones kept: whoever was away resumes, and whoever is slow starts anew. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property

from voicecore.api.schema import Event
from voicecore.api.views import qualities, summary
from voicecore.store.records import CallGlance, LegRecord

ROOM = 1000
"""Events kept. A reader who is further behind than that gets a snapshot instead of them."""


class Kind(Enum):
    SNAPSHOT = "snapshot"
    STARTED = "call-started"
    CHANGED = "call-changed"
    ENDED = "call-ended"
    QUALITY = "quality"


@dataclass(frozen=True)
class Happening:
    """An event as it is kept: what it is told as is made when somebody listens, and then once for all."""

    kind: Kind
    seq: int
    at: datetime
    calls: tuple[CallGlance, ...]
    """Of a snapshot all that run, else the one that it is about."""
    legs: tuple[LegRecord, ...] = ()

    @cached_property
    def text(self) -> str:
        """As JSON, with the fields that this kind of event has."""
        told = [summary(call) for call in self.calls]
        event = Event(kind=self.kind.value, seq=self.seq, at=self.at)
        match self.kind:
            case Kind.SNAPSHOT:
                event, absent = event.model_copy(update={"calls": told}), {"call", "legs"}
            case Kind.QUALITY:
                event = event.model_copy(update={"call": told[0], "legs": qualities(self.legs)})
                absent = {"calls"}
            case Kind.STARTED | Kind.CHANGED | Kind.ENDED:
                event, absent = event.model_copy(update={"call": told[0]}), {"calls", "legs"}
        return event.model_dump_json(exclude=absent)


class EventFeed:
    """Readers know their place by the number of the last event that they had, so none of them is kept here."""

    def __init__(self, first: int, room: int = ROOM) -> None:
        """`first`: the number before the first event, greater than any of an earlier program run."""
        self._kept: deque[Happening] = deque(maxlen=room)
        self._newest = first

    @property
    def newest(self) -> int:
        return self._newest

    def add(self, kind: Kind, at: datetime, call: CallGlance, legs: tuple[LegRecord, ...] = ()) -> None:
        self._newest += 1
        self._kept.append(Happening(kind, self._newest, at, (call,), legs))

    def after(self, seq: int) -> Sequence[Happening] | None:
        """What happened since; None: some of it is not kept any more, or the number is none of ours."""
        missed = self._newest - seq
        if missed < 0 or missed > len(self._kept):
            return None
        return [self._kept[place] for place in range(-missed, 0)]

    def snapshot(self, at: datetime, calls: Sequence[CallGlance]) -> Happening:
        """What runs now, the newest first; the next event is the one after."""
        newest_first = sorted(calls, key=lambda one: one.call.id, reverse=True)
        return Happening(Kind.SNAPSHOT, self._newest, at, tuple(newest_first))
