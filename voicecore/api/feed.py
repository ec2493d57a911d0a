"""Events in order, the last ones kept: whoever was away resumes, and whoever is slow starts anew. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from voicecore.api.schema import CallSummary, Event, Quality

ROOM = 1000
"""Events kept. A reader who is further behind than that gets a snapshot instead of them."""


class EventFeed:
    """Readers know their place by the number of the last event that they had, so none of them is kept here."""

    def __init__(self, first: int, room: int = ROOM) -> None:
        """`first`: the number before the first event, greater than any of an earlier program run."""
        self._kept: deque[Event] = deque(maxlen=room)
        self._newest = first

    @property
    def newest(self) -> int:
        return self._newest

    def started(self, at: datetime, call: CallSummary) -> None:
        self._newest += 1
        self._kept.append(Event(kind="call-started", seq=self._newest, at=at, call=call))

    def changed(self, at: datetime, call: CallSummary) -> None:
        self._newest += 1
        self._kept.append(Event(kind="call-changed", seq=self._newest, at=at, call=call))

    def ended(self, at: datetime, call: CallSummary) -> None:
        self._newest += 1
        self._kept.append(Event(kind="call-ended", seq=self._newest, at=at, call=call))

    def sounded(self, at: datetime, call: CallSummary, legs: list[Quality]) -> None:
        """How the legs of a call sounded that is over."""
        self._newest += 1
        self._kept.append(Event(kind="quality", seq=self._newest, at=at, call=call, legs=legs))

    def after(self, seq: int) -> Sequence[Event] | None:
        """What happened since; None: some of it is not kept any more, or the number is none of ours."""
        missed = self._newest - seq
        if missed < 0 or missed > len(self._kept):
            return None
        return [self._kept[place] for place in range(-missed, 0)]

    def snapshot(self, at: datetime, calls: list[CallSummary]) -> Event:
        """What runs now; the next event is the one after."""
        return Event(kind="snapshot", seq=self._newest, at=at, calls=calls)
