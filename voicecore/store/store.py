"""What the rooms above ask of a store of calls. `sql.py` keeps them in a database:

async with SqlCallStore.open(settings.store.url) as store:      # the one program that writes
async with SqlCallReader.open(settings.store.url) as reader:    # any program that only looks
"""

from __future__ import annotations

from typing import Protocol

from voicecore.ids import CallId
from voicecore.store.checkpoints import CheckpointStore
from voicecore.store.records import CallFile, CallGlance, CallRecord


class CallReader(Protocol):
    """Looks at records. Every method raises Unavailable when the database cannot be read."""

    async def calls(self, limit: int = 50, before: CallId | None = None) -> list[CallRecord]:
        """The newest calls first, only older ones than `before`: a page's last id asks for the next."""

    async def find(self, prefix: str, limit: int = 5) -> list[CallRecord]:
        """Calls whose id begins with `prefix`, newest first."""

    async def call(self, id_or_prefix: str) -> CallFile | None:
        """All of one call, by its id or a prefix that no other call has; None when there is no such one."""


class CallLister(CallReader, Protocol):
    """Pages of calls for those who look at many."""

    async def glances(
        self, limit: int = 50, before: CallId | None = None, *, ended: bool = False
    ) -> list[CallGlance]:
        """As `calls`; with `ended` only those that are over."""


class CallStore(CallReader, CheckpointStore, Protocol):
    """Keeps records, and never holds up a call: what the database refuses is spooled and delivered later."""

    async def begin(self, call: CallRecord) -> None:
        """Notes a call that begins; does not wait for the disk. Never raises."""

    async def finish(self, file: CallFile) -> None:
        """Keeps all of a call that ended; returns when it is on disk, in the database or in the spool.

        Needs no `begin` before it; twice is as good as once. Raises Unavailable when neither could take it.
        """
