"""Call records in a SQL database: what `store.py` promises, on SQLite today.

SQLAlchemy Core in a thread of its own rather than through an async driver: measured, an async driver's way
to its thread and back for every statement costs more than the statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.database import Database, WriterLock, path_of
from voicecore.store.flow_journal import FlowJournal
from voicecore.store.opening import reading
from voicecore.store.records import CallFile, CallGlance, CallRecord
from voicecore.store.spool import Spool
from voicecore.store.sql_bindings import SqlBindingStore
from voicecore.store.writer import Writer


class SqlCallReader:
    """A `CallReader`; it may look while another program writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[SqlCallReader]:
        """Raises ValueError for a bad URL, Unavailable when there are no records to read."""
        async with reading(url) as database:
            yield cls(database)

    async def calls(self, limit: int = 50, before: CallId | None = None) -> list[CallRecord]:
        return await asyncio.to_thread(self._database.calls, limit, before)

    async def journals(self, flow: str, limit: int = 1000) -> list[FlowJournal]:
        """What a flow did in its newest calls. Raises Unavailable."""
        return await asyncio.to_thread(self._database.journals, flow, limit)

    async def glances(
        self, limit: int = 50, before: CallId | None = None, *, ended: bool = False
    ) -> list[CallGlance]:
        return await asyncio.to_thread(self._database.glances, limit, before, ended)

    async def find(self, prefix: str, limit: int = 5) -> list[CallRecord]:
        return await asyncio.to_thread(self._database.find, prefix, limit)

    async def call(self, id_or_prefix: str) -> CallFile | None:
        file = await asyncio.to_thread(self._database.file, CallId(id_or_prefix))
        if file is None:
            match await self.find(id_or_prefix, limit=2):
                case [only]:
                    return await asyncio.to_thread(self._database.file, only.id)
        return file


class SqlCallStore(SqlCallReader):
    """A `CallStore`; one program at a time may have it open."""

    def __init__(self, database: Database, writer: Writer) -> None:
        super().__init__(database)
        self._writer = writer
        self.bindings = SqlBindingStore(database, writer)
        """Where registered phones are; written by the same thread."""

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[SqlCallStore]:
        """Makes or upgrades the database and marks the calls that a crash interrupted; on the way out, writes
        what still waits.

        Raises ValueError for a bad URL, Unavailable when the file cannot be used.
        """
        path = path_of(url)
        lock = await asyncio.to_thread(_lock, path)
        database = Database(path, query_only=False)
        try:
            await asyncio.to_thread(_prepare, database)
            writer = Writer(database, Spool(path.with_name(f"{path.name}.spool")))
            writer.start()
            try:
                yield cls(database, writer)
            finally:
                await writer.stop()
        finally:
            database.close()
            lock.release()

    async def begin(self, call: CallRecord) -> None:
        self._writer.begin(call)

    async def finish(self, file: CallFile) -> None:
        await self._writer.finish(file)

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        await asyncio.to_thread(self._database.keep_checkpoint, checkpoint)

    async def take_checkpoint(self, flow: str, caller: str, since: datetime) -> Checkpoint | None:
        return await asyncio.to_thread(self._database.take_checkpoint, flow, caller, since)

    def spooled(self, most: int = 10_000) -> int:
        """Records that wait for the database; blocks for one look into a folder. Raises Unavailable."""
        return self._writer.spooled(most)


def _lock(path: Path) -> WriterLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return WriterLock(path)
    except OSError as error:
        raise Unavailable(f"cannot make the database {path}: {error.strerror}") from error


def _prepare(database: Database) -> None:
    database.migrate()
    database.interrupt_unfinished()
