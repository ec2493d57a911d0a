"""What a caller did, as values. "Nothing was pressed" is a result, not an exception."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


Hangup = asyncio.CancelledError
"""The caller is gone: the call's task group is cancelled, and the verb that waits raises this.

A flow need not catch it; its `finally` blocks run. It is asyncio's own type, because task groups and time-outs
treat no other as a cancellation.
"""


class GatherEnd(Enum):
    """Why no more digits were taken."""

    COMPLETE = "complete"
    TERMINATOR = "terminator"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Digits:
    """What was pressed, without the terminator."""

    text: str
    end: GatherEnd = GatherEnd.COMPLETE


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nothing was pressed in time."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """An option of the menu: its value, and the key that chose it."""

    value: T
    key: str


class NoChoiceReason(Enum):
    SILENT = "silent"
    """At the last try nothing was pressed."""
    INVALID = "invalid"
    """At the last try a key was pressed that is no option."""


@dataclass(frozen=True, slots=True)
class NoChoice:
    """Every try was used up."""

    reason: NoChoiceReason


class RecordEnd(Enum):
    KEY = "key"
    SILENCE = "silence"
    LIMIT = "limit"


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
