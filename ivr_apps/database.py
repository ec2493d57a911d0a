"""One SQLite file that the example back ends share. Each piece of work is one transaction in a worker thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

FILE = "var/ivr_apps.db"
"""Where the flows keep their data unless `args` of a number name another file."""


class Database:
    """`schema` is what a back end needs of the file: `CREATE TABLE IF NOT EXISTS`, nothing else."""

    def __init__(self, file: str, schema: str) -> None:
        self._file = Path(file)
        self._schema = schema

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """All of it or nothing. Raises sqlite3.Error, and the caller hears an apology."""
        return await asyncio.to_thread(self._do, work)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a SELECT finds."""
        return await self.do(lambda connection: connection.execute(sql, values).fetchall())

    async def change(self, sql: str, *values: Any) -> int:
        """Rows that an INSERT, UPDATE or DELETE touched."""
        return await self.do(lambda connection: connection.execute(sql, values).rowcount)

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._file, timeout=5.0)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(self._schema)
            with connection:
                return work(connection)
