"""Records as rows of the tables of `schema.py`, and back.

Many rows go into one statement that SQLAlchemy compiled for one. Measured: its own handling of each row
costs more than SQLite's insert, and with a statement a row the thread gives up Python's lock at every row,
which beside a busy event loop costs it 5 ms each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects import sqlite

from voicecore.ids import CallId
from voicecore.store import schema
from voicecore.store.flow_journal import FlowJournal, journal_to_json
from voicecore.store.moment import moment
from voicecore.store.records import (
    CallEnd,
    CallFile,
    CallGlance,
    CallRecord,
    EventRecord,
    LegRecord,
    Quality,
    RecordingRecord,
    Side,
)
from voicecore.store.text import ladder_to_json, marks_from_json, marks_to_json

TableRows = tuple[Table, list[tuple[object, ...]]]

_ROWS = 500
"""In one statement: SQLite takes 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT for any number of rows."""

    head: str
    row: str
    tail: str

    @classmethod
    def of(cls, statement: sqlite.Insert) -> Insert:
        row = f"({', '.join('?' for _ in statement.table.c)})"
        head, tail = str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))).split(row)
        return cls(head, row, tail)

    def execute(self, connection: Connection, rows: list[tuple[object, ...]]) -> None:
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            values = ", ".join([self.row] * len(some))
            connection.exec_driver_sql(f"{self.head}{values}{self.tail}", tuple(chain.from_iterable(some)))


def upsert(table: Table) -> sqlite.Insert:
    statement = sqlite.insert(table)
    keys = {column.name for column in table.primary_key}
    return statement.on_conflict_do_update(
        index_elements=sorted(keys),
        set_={column.name: statement.excluded[column.name] for column in table.c if column.name not in keys},
    )


BEGIN = Insert.of(sqlite.insert(schema.calls).on_conflict_do_nothing())
"""A finished call that arrived first stays as it is."""
FINISH = {table: Insert.of(upsert(table)) for table in (schema.calls, *schema.of_one_call)}
"""So that delivering a file twice is as good as once."""

_QUALITY = Quality._fields
_NO_QUALITY = (None,) * len(_QUALITY)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def call_row(call: CallRecord) -> tuple[object, ...]:
    return (
        call.id,
        call.number,
        call.caller,
        call.flow,
        _moment(call.started),
        _moment(call.answered),
        _moment(call.ended),
        None if call.end is None else call.end.value,
        call.status,
        call.traceback,
    )


def file_rows(files: Sequence[CallFile]) -> list[TableRows]:
    """The rows of all tables, in an order in which they may be inserted."""
    return [
        (schema.calls, [call_row(file.call) for file in files]),
        (schema.legs, [_leg_row(leg) for file in files for leg in file.legs]),
        (schema.events, [_event_row(event) for file in files for event in file.events]),
        (schema.ladders, [(f.call.id, ladder_to_json(f.ladder)) for f in files if f.ladder]),
        (schema.recordings, [_recording_row(recording) for file in files for recording in file.recordings]),
        (schema.flow_journals, [_journal_row(f.call.id, f.flow_journal) for f in files if f.flow_journal]),
    ]


def _leg_row(leg: LegRecord) -> tuple[object, ...]:
    quality = leg.quality
    return (
        leg.call,
        leg.id,
        leg.side.value,
        leg.sip_call_id,
        leg.local_uri,
        leg.remote_uri,
        leg.remote_address,
        leg.codec,
        _moment(leg.started),
        _moment(leg.answered),
        _moment(leg.ended),
        leg.status,
        leg.reason,
        *(_NO_QUALITY if quality is None else quality),
    )


def _event_row(event: EventRecord) -> tuple[object, ...]:
    return (event.call, event.sequence, moment(event.at), event.kind, event.detail)


def _recording_row(recording: RecordingRecord) -> tuple[object, ...]:
    return (
        recording.call,
        recording.id,
        recording.leg,
        recording.path,
        _moment(recording.started),
        recording.duration_ms,
        recording.lost_ms,
        recording.channels,
        marks_to_json(recording.marks),
    )


def _journal_row(call: CallId, journal: FlowJournal) -> tuple[object, ...]:
    return (call, journal_to_json(journal).encode())


def call_of(row: Row[Any]) -> CallRecord:
    values = dict(row._mapping)
    values["end"] = None if values["end"] is None else CallEnd(values["end"])
    return CallRecord(**values)


def glance_of(row: Row[Any]) -> CallGlance:
    values = dict(row._mapping)
    side, recordings = values.pop("side"), values.pop("recordings")
    values["end"] = None if values["end"] is None else CallEnd(values["end"])
    return CallGlance(CallRecord(**values), None if side is None else Side(side), recordings)


def leg_of(row: Row[Any]) -> LegRecord:
    values = dict(row._mapping)
    quality = {name: values.pop(name) for name in _QUALITY}
    return LegRecord(
        **{**values, "side": Side(values["side"])},
        quality=None if quality["packets_sent"] is None else Quality(**quality),
    )


def event_of(row: Row[Any]) -> EventRecord:
    return EventRecord(**row._mapping)


def recording_of(row: Row[Any]) -> RecordingRecord:
    values = dict(row._mapping)
    return RecordingRecord(**{**values, "marks": marks_from_json(values["marks"])})
