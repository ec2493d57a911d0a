"""Records as JSON, for the spool and other programs. SIP messages stay readable: a byte is a letter of
Latin-1."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from pydantic_core import to_json

from voicecore.store.bindings import BindingRecord
from voicecore.store.flow_journal import FlowJournal, journal_of_plain, journal_to_plain
from voicecore.store.moment import moment
from voicecore.store.records import (
    CallEnd,
    CallFile,
    CallRecord,
    EventRecord,
    LadderMessage,
    LegRecord,
    MarkKind,
    Quality,
    RecordingMark,
    RecordingRecord,
    Side,
)


def file_to_json(file: CallFile) -> str:
    """All of one call as a JSON object with the fields of the records."""
    return json.dumps(_plain(file), ensure_ascii=False)


def calls_to_json(calls: list[CallRecord]) -> str:
    """A JSON array of calls."""
    return json.dumps([_plain(call) for call in calls], ensure_ascii=False)


def bindings_to_json(bindings: list[BindingRecord]) -> str:
    """A JSON array of bindings."""
    return json.dumps([_plain(binding) for binding in bindings], ensure_ascii=False)


def file_from_json(text: str) -> CallFile:
    """The opposite of `file_to_json`. Raises ValueError for anything that it did not write."""
    try:
        return _decode_file(json.loads(text))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a call's file: {error}") from error


def ladder_to_json(ladder: tuple[LadderMessage, ...]) -> bytes:
    """The messages of one call, without the call's id; small, because every call writes it."""
    rows = [
        (
            one.sequence,
            f"{moment(one.at)}Z",
            one.sip_call_id,
            one.received,
            one.local,
            one.remote,
            one.text.decode("latin-1"),
        )
        for one in ladder
    ]
    return to_json(rows)


def ladder_from_json(call: str, text: bytes) -> tuple[LadderMessage, ...]:
    """The opposite of `ladder_to_json`."""
    return tuple(
        _decode(LadderMessage, dict(zip(_LADDER_FIELDS, (call, *row), strict=True)))
        for row in json.loads(text)
    )


def marks_to_json(marks: Sequence[RecordingMark]) -> str:
    return to_json([(mark.at_ms, mark.kind.value, mark.text, dict(mark.fields)) for mark in marks]).decode()


def marks_from_json(text: str) -> tuple[RecordingMark, ...]:
    """The opposite of `marks_to_json`."""
    return _marks(json.loads(text))


def _marks(rows: list[list[Any]]) -> tuple[RecordingMark, ...]:
    return tuple(RecordingMark(at, MarkKind(kind), text, fields) for at, kind, text, fields in rows)


_Record = TypeVar("_Record")
_LADDER_FIELDS = tuple(field.name for field in fields(LadderMessage))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, FlowJournal):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case FlowJournal():
            return journal_to_plain(value)
        case Quality():
            return {name: _plain(field) for name, field in value._asdict().items()}
        case RecordingMark():
            return [value.at_ms, value.kind.value, value.text, dict(value.fields)]
        case tuple():
            return [_plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case bytes():
            return value.decode("latin-1")
        case _:
            return value


def _decode_file(plain: dict[str, Any]) -> CallFile:
    return CallFile(
        call=_decode(CallRecord, plain["call"]),
        legs=tuple(_decode(LegRecord, leg) for leg in plain["legs"]),
        events=tuple(_decode(EventRecord, event) for event in plain["events"]),
        ladder=tuple(_decode(LadderMessage, message) for message in plain["ladder"]),
        recordings=tuple(_decode(RecordingRecord, recording) for recording in plain["recordings"]),
        # One that was spooled by an older version has none.
        flow_journal=journal_of_plain(plain["flow_journal"]) if plain.get("flow_journal") else None,
    )


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "started": datetime.fromisoformat,
    "answered": datetime.fromisoformat,
    "ended": datetime.fromisoformat,
    "at": datetime.fromisoformat,
    "end": CallEnd,
    "side": Side,
    "text": lambda text: text.encode("latin-1"),
    "marks": _marks,
    "quality": lambda plain: Quality(**plain),
}


def _decode(kind: type[_Record], plain: dict[str, Any]) -> _Record:
    return kind(
        **{
            name: _DECODERS[name](v) if v is not None and name in _DECODERS else v
            for name, v in plain.items()
        }
    )
