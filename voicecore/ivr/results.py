"""What a caller did, as values. "Nothing was pressed" is a result, not an exception."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


Hangup = asyncio.CancelledError
"""The caller is gone: the call's task group is cancelled, and the verb that waits raises this.

A flow need not catch it; its `finally` blocks run. It is asyncio's own type, because task groups and time-outs
treat no other as a cancellation.
"""


class Unanswered(Enum):
    """Why a question has no answer."""

    SILENT = "silent"
    """At the last try nothing was pressed."""
    INVALID = "invalid"
    """At the last try something was pressed that is no answer."""
    REJECTED = "rejected"
    """The caller did not confirm what was understood, at any try."""
    BACK = "back"
    """The universal option: the caller wants to be where he was before."""
    OPERATOR = "operator"
    """The universal option: the caller wants to talk to a person."""


class How(Enum):
    """How an answer was given."""

    KEY = "key"
    SPEECH = "speech"


class GatherEnd(Enum):
    """Why no more digits were taken."""

    COMPLETE = "complete"
    TERMINATOR = "terminator"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Digits:
    """What was pressed, without the terminator, or the digits that were said."""

    text: str
    end: GatherEnd = GatherEnd.COMPLETE
    how: How = How.KEY
    confidence: float = 1.0
    """0 to 1; keys are certain."""
    at: datetime | None = field(default=None, compare=False)
    """When it was complete (UTC); None in one that nobody gave."""


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nothing was pressed in time, or nothing that can be used."""

    reason: Unanswered = Unanswered.SILENT


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """An option of the menu: its value, and the key that chose it or stands for what was said."""

    value: T
    key: str
    how: How = How.KEY
    confidence: float = 1.0
    """0 to 1; keys are certain."""
    at: datetime | None = field(default=None, compare=False)
    """When it was chosen (UTC); None in one that nobody chose."""


@dataclass(frozen=True, slots=True)
class NoChoice:
    """Every try was used up, or a universal option was chosen."""

    reason: Unanswered


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """An answer, as the kind of the question reads it."""

    value: T
    how: How
    confidence: float
    """0 to 1; keys are certain."""
    at: datetime
    """When it was complete (UTC), before it was confirmed."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """There is no answer."""

    reason: Unanswered


@dataclass(frozen=True, slots=True)
class Key:
    """One key, pressed while `call.key` waited for it."""

    key: str


@dataclass(frozen=True, slots=True)
class FaxTone:
    """A fax machine calls: a burst of its calling tone, CNG, was heard."""


class RecordEnd(Enum):
    KEY = "key"
    SILENCE = "silence"
    LIMIT = "limit"
    HANGUP = "hangup"
    """The caller is gone. Only within `after_hangup`; elsewhere the verb raises `Hangup`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A recorded message. `spoken` tells whether any speech was heard in it."""

    path: str
    duration_ms: int
    spoken: bool
    end: RecordEnd


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The file could not be written; the problem is in the log and the journal."""

    problem: str


class BridgeEnd(Enum):
    PARTY_HUNG_UP = "party hung up"
    CALLER_HUNG_UP = "caller hung up"
