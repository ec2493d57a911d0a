"""Bindings of registered phones as they are kept over a restart. No SQL here; all times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BindingRecord:
    """One contact of one address-of-record. `local` and `remote` are "address:port", as for SIP messages."""

    id: str
    aor: str
    contact: str
    """The Contact value, with its parameters but without `expires`."""
    q: float
    transport: str
    local: str
    remote: str
    path: tuple[str, ...]
    instance: str | None
    reg_id: int | None
    call_id: str
    cseq: int
    user_agent: str
    tenure: str
    registered: datetime
    refreshed: datetime
    expires: datetime


class BindingReader(Protocol):
    async def bindings(self) -> list[BindingRecord]:
        """All that is kept, also what is over by now, by address-of-record.

        Raises Unavailable when the database cannot be read.
        """


class BindingStore(BindingReader, Protocol):
    """Keeps the newest state of each binding. `keep` and `forget` do not wait or raise: a binding that a failing
    database does not take waits in memory for the next success."""

    async def gruu_key(self) -> bytes:
        """32 octets that are made at first use and then kept: temporary GRUUs are sealed with them.

        Raises Unavailable when the database cannot be used.
        """

    def keep(self, binding: BindingRecord) -> None:
        """Adds it, or replaces the one with its id."""

    def forget(self, id: str) -> None:
        """The binding is gone."""
