"""One HTTP connection: uvicorn's, with patience that ends. Whoever sends or reads too slowly is cut off."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_PATIENCE_S = 10.0
"""In which the head of a request must be there, the TLS handshake not counted."""
READ_PATIENCE_S = 60.0
"""In which a reader must take something of what waits for it."""


class Connection(H11Protocol):
    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        limit = self.limit_concurrency
        if limit is not None and len(self.connections) > limit:
            transport.abort()
            return
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        self._forget_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(READ_PATIENCE_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_unread()

    def _watch_head(self) -> None:
        """The timer of a head runs from its first byte, or the connection's begin, to its last."""
        is_waiting = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        has_begun = self.cycle is None or bool(self.conn.trailing_data[0])
        if not (is_waiting and has_begun):
            self._forget_head()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_PATIENCE_S, self.transport.abort)

    def _forget_head(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
