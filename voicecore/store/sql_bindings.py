"""Bindings in a SQL database: what `bindings.py` promises, on the thread that writes the call records."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicecore.store.bindings import BindingRecord
from voicecore.store.database import Database
from voicecore.store.opening import reading
from voicecore.store.writer import Writer


class SqlBindingReader:
    """A `BindingReader`; it may look while another program writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[SqlBindingReader]:
        """Raises ValueError for a bad URL, Unavailable when there is no database to read."""
        async with reading(url) as database:
            yield cls(database)

    async def bindings(self) -> list[BindingRecord]:
        return await asyncio.to_thread(self._database.bindings)


class SqlBindingStore(SqlBindingReader):
    """A `BindingStore`: part of an open `SqlCallStore`."""

    def __init__(self, database: Database, writer: Writer) -> None:
        super().__init__(database)
        self._writer = writer

    async def gruu_key(self) -> bytes:
        return await asyncio.to_thread(self._database.key, "gruu", secrets.token_bytes(32))

    def keep(self, binding: BindingRecord) -> None:
        self._writer.change_binding(binding.id, binding)

    def forget(self, id: str) -> None:
        self._writer.change_binding(id, None)
