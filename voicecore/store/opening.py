"""How programs that only look open the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicecore.errors import Unavailable
from voicecore.store.database import Database, path_of


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Database]:
    """Raises ValueError for a bad URL, Unavailable when there are no records to read."""
    path = path_of(url)
    if not path.exists():
        raise Unavailable(f"there is no database {path} yet: `voicecore serve` makes it")
    database = Database(path, query_only=True)
    try:
        await asyncio.to_thread(database.require_tables)
        yield database
    finally:
        database.close()
