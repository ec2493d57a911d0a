"""What a verb came to, as JSON for the webhook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from voicecore.calls.dial_outcome import (
    Answered,
    Busy,
    Declined,
    DialOutcome,
    Machine,
    NoAnswer,
    NotReachable,
    Rejected,
)
from voicecore.calls.transferor import NotTransferred, TransferOutcome, Transferred
from voicecore.ivr.results import (
    Asked,
    Choice,
    Digits,
    Message,
    NoChoice,
    NoInput,
    NotAsked,
    NotRecorded,
)

Result = dict[str, Any]


def pressed(result: Digits | NoInput) -> Result:
    match result:
        case Digits(text, end):
            return {"verb": "gather", "outcome": "digits", "digits": text, "end": end.value}
        case NoInput(reason):
            return {"verb": "gather", "outcome": "none", "reason": reason.value}


def chosen(result: Choice[str] | NoChoice) -> Result:
    match result:
        case Choice(value, key, how, confidence):
            told: Result = {"verb": "menu", "outcome": "choice", "value": value, "key": key}
            return told | {"how": how.value, "confidence": confidence}
        case NoChoice(reason):
            return {"verb": "menu", "outcome": "none", "reason": reason.value}


def asked(result: Asked[Any] | NotAsked) -> Result:
    match result:
        case Asked(value, how, confidence):
            told: Result = {"verb": "ask", "outcome": "answer", "value": _plain(value)}
            return told | {"how": how.value, "confidence": confidence}
        case NotAsked(reason):
            return {"verb": "ask", "outcome": "none", "reason": reason.value}


def recorded(result: Message | NotRecorded, url_of: Callable[[str], str]) -> Result:
    match result:
        case Message(path, duration_ms, spoken, end):
            told: Result = {"verb": "record", "outcome": "message", "url": url_of(path)}
            return told | {"duration_ms": duration_ms, "spoken": spoken, "end": end.value}
        case NotRecorded():
            return {"verb": "record", "outcome": "failed"}


def dialled(outcome: DialOutcome, seconds: float) -> Result:
    told: Result = {"verb": "dial"}
    match outcome:
        case Answered():
            return told | {"outcome": "answered", "seconds": round(seconds, 1)}
        case Machine():
            return told | {"outcome": "machine"}
        case Busy():
            return told | {"outcome": "busy"}
        case NoAnswer():
            return told | {"outcome": "no_answer"}
        case Declined():
            return told | {"outcome": "declined"}
        case Rejected(status, reason):
            return told | {"outcome": "rejected", "status": status, "reason": reason}
        case NotReachable(reason):
            return told | {"outcome": "not_reachable", "reason": reason}
        case _:
            assert_never(outcome)


def transferred(outcome: TransferOutcome) -> Result:
    match outcome:
        case Transferred():
            return {"verb": "transfer", "outcome": "transferred"}
        case NotTransferred(status, reason):
            return {"verb": "transfer", "outcome": "failed", "status": status, "reason": reason}
        case _:
            assert_never(outcome)


def _plain(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
