"""The SQLite file, seen by the one thread that uses it. Everything here blocks.

A commit is on disk when it returns, also for a power cut: WAL with synchronous=FULL. With NORMAL, SQLite
syncs the log only at checkpoints, so a power cut loses the last commits. The price of FULL is one fsync a
commit, which the writer shares between the calls of a batch.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Select,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    SQLAlchemyError,
)

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store import binding_rows, migration, rows, schema
from voicecore.store.binding_backlog import Changes
from voicecore.store.bindings import BindingRecord
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.flow_journal import FlowJournal, journal_from_json
from voicecore.store.records import CallEnd, CallFile, CallGlance, CallRecord
from voicecore.store.text import ladder_from_json


def path_of(url: str) -> Path:
    """The file of `sqlite:///relative.db` or `sqlite:////absolute.db`. Raises ValueError for another URL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError(f"{url!r} is no database URL") from error
    if parsed.drivername != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ValueError(f"{url!r} is not of the form sqlite:///FILE")
    return Path(parsed.database)


class RowRefused(Unavailable):
    """The database is well, and will never take this row."""


_REFUSALS = (IntegrityError, DataError, InterfaceError, ProgrammingError, OverflowError)


class Database:
    """An open file. Errors of the database come out as Unavailable, with the cause attached."""

    def __init__(self, path: Path, *, query_only: bool) -> None:
        self._path = path
        self._engine = _engine(path, query_only)

    def migrate(self) -> None:
        with self._transaction() as connection:
            migration.upgrade(connection)

    def require_tables(self) -> None:
        """Raises Unavailable when the file holds other tables than this program's."""
        with self._transaction() as connection:
            held = migration.revision(connection)
        if held != schema.REVISION:
            raise Unavailable(
                f"{self._path} is at revision {held}, this program reads {schema.REVISION}: "
                "start `voicecore serve` once"
            )

    def interrupt_unfinished(self) -> int:
        """Marks what a crash left without an end; returns how many. Checkpoints of all other calls are done with."""
        unfinished = schema.calls.c.end.is_(None)
        with self._transaction() as connection:
            marked = connection.execute(
                update(schema.calls).where(unfinished).values(end=CallEnd.INTERRUPTED.value)
            )
            kept, calls = schema.checkpoints.c, schema.calls.c
            interrupted = select(calls.id).where(calls.end == CallEnd.INTERRUPTED.value)
            connection.execute(delete(schema.checkpoints).where(kept.call.not_in(interrupted)))
            return marked.rowcount

    def write(self, begun: Sequence[CallRecord], finished: Sequence[CallFile]) -> None:
        """All of it in one transaction, on disk when this returns."""
        with self._transaction() as connection:
            rows.BEGIN.execute(connection, [rows.call_row(call) for call in begun])
            for table, values in rows.file_rows(finished):
                rows.FINISH[table].execute(connection, values)

    def calls(self, limit: int, before: CallId | None) -> list[CallRecord]:
        query = select(schema.calls)
        if before is not None:
            query = query.where(schema.calls.c.id < before)
        return self._calls(query.limit(limit))

    def glances(self, limit: int, before: CallId | None, ended: bool) -> list[CallGlance]:
        calls, legs, recordings = schema.calls.c, schema.legs.c, schema.recordings.c
        first = select(legs.side).where(legs.call == calls.id).order_by(legs.id).limit(1).scalar_subquery()
        count = select(func.count()).where(recordings.call == calls.id).scalar_subquery()
        query = select(schema.calls, first.label("side"), count.label("recordings"))
        if before is not None:
            query = query.where(calls.id < before)
        if ended:
            query = query.where(calls.end.is_not(None))
        with self._transaction() as connection:
            found = connection.execute(query.order_by(calls.id.desc()).limit(limit))
            return [rows.glance_of(row) for row in found]

    def find(self, prefix: str, limit: int) -> list[CallRecord]:
        column = schema.calls.c.id
        # A range, not LIKE: it uses the key, and the prefix may hold % and _.
        query = select(schema.calls).where(column >= prefix, column < prefix + "\U0010ffff")
        return self._calls(query.limit(limit))

    def file(self, call: CallId) -> CallFile | None:
        with self._transaction() as connection:
            row = connection.execute(select(schema.calls).where(schema.calls.c.id == call)).one_or_none()
            if row is None:
                return None
            messages = connection.scalar(
                select(schema.ladders.c.messages).where(schema.ladders.c.call == call)
            )
            journal = connection.scalar(
                select(schema.flow_journals.c.journal).where(schema.flow_journals.c.call == call)
            )
            return CallFile(
                call=rows.call_of(row),
                legs=tuple(map(rows.leg_of, _of_call(connection, schema.legs, call))),
                events=tuple(map(rows.event_of, _of_call(connection, schema.events, call))),
                ladder=() if messages is None else ladder_from_json(call, messages),
                recordings=tuple(map(rows.recording_of, _of_call(connection, schema.recordings, call))),
                flow_journal=None if journal is None else journal_from_json(journal),
            )

    def journals(self, flow: str, limit: int) -> list[FlowJournal]:
        """The newest first."""
        calls, kept = schema.calls.c, schema.flow_journals.c
        query = select(kept.journal).join(schema.calls, calls.id == kept.call).where(calls.flow == flow)
        with self._transaction() as connection:
            found = connection.scalars(query.order_by(calls.id.desc()).limit(limit))
            return [journal_from_json(one) for one in found]

    def keep_checkpoint(self, one: Checkpoint) -> None:
        with self._transaction() as connection:
            values = {field.name: getattr(one, field.name) for field in fields(one)}
            connection.execute(rows.upsert(schema.checkpoints).values(values))

    def take_checkpoint(self, flow: str, caller: str, since: datetime) -> Checkpoint | None:
        kept, calls = schema.checkpoints.c, schema.calls.c
        query = (
            select(schema.checkpoints)
            .join(schema.calls, calls.id == kept.call)
            .where(calls.end == CallEnd.INTERRUPTED.value)
            .where(kept.flow == flow, kept.caller == caller, kept.at >= since)
            .order_by(kept.at.desc())
        )
        with self._transaction() as connection:
            row = connection.execute(query.limit(1)).one_or_none()
            if row is None:
                return None
            found = Checkpoint(**row._mapping)
            connection.execute(delete(schema.checkpoints).where(kept.call == found.call))
            return found

    def change_bindings(self, changes: Changes) -> None:
        """All of it in one transaction, on disk when this returns."""
        with self._transaction() as connection:
            binding_rows.write(connection, changes)

    def bindings(self) -> list[BindingRecord]:
        order = (schema.bindings.c.aor, schema.bindings.c.id)
        with self._transaction() as connection:
            found = connection.execute(select(schema.bindings).order_by(*order))
            return list(map(binding_rows.binding_of, found))

    def key(self, name: str, new: bytes) -> bytes:
        """The key of this name; `new` is kept as it where there is none yet."""
        kept = schema.keys.c
        with self._transaction() as connection:
            found = connection.scalar(select(kept.value).where(kept.name == name))
            if found is None:
                connection.execute(insert(schema.keys).values(name=name, value=new))
            return new if found is None else bytes(found)

    def close(self) -> None:
        self._engine.dispose()

    def _calls(self, query: Select[Any]) -> list[CallRecord]:
        with self._transaction() as connection:
            return list(map(rows.call_of, connection.execute(query.order_by(schema.calls.c.id.desc()))))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OverflowError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            kind = RowRefused if isinstance(error, _REFUSALS) else Unavailable
            raise kind(f"database {self._path}: {cause}") from error


def _of_call(connection: Connection, table: Any, call: CallId) -> Sequence[Any]:
    order = [column for column in table.primary_key if column.name != "call"]
    return connection.execute(select(table).where(table.c.call == call).order_by(*order)).all()


def _engine(path: Path, query_only: bool) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # sqlite3's own transactions leave DDL outside; without them a migration is all or nothing.
        connection.isolation_level = None
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA query_only=ON" if query_only else "PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if query_only else "BEGIN IMMEDIATE")

    return engine


class WriterLock:
    """Only one program writes: another one would take our calls for interrupted. A kill releases it."""

    def __init__(self, database: Path) -> None:
        """Raises Unavailable while another process holds it."""
        self._file = database.with_name(f"{database.name}.lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise Unavailable(f"another program writes to {database}") from error

    def release(self) -> None:
        self._file.close()
