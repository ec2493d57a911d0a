"""One TCP connection: moves octets between the socket and its stream, and keeps its deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from voicecore.errors import PeerError
from voicecore.sip.hop import Hop
from voicecore.transport.connection_limits import ConnectionLimits, ConnectionWatch
from voicecore.transport.sip_stream import Intake, SipStream

GOODBYE = 5.0
"""Seconds in which a peer may take the last that we wrote."""


class Owner(Protocol):
    """Who keeps the connections."""

    def received(self, connection: Connection, intake: Intake) -> bool:
        """False: all connections together hold too much, and this one is to be closed."""
        ...

    def closed(self, connection: Connection, reason: str) -> None:
        """Once for each connection that had begun."""
        ...


class Connection(asyncio.Protocol):
    """Between peer and stream. Closed from inside it says why, once; nothing is received or sent after that."""

    def __init__(
        self, owner: Owner, limits: ConnectionLimits, came_in: Callable[[Connection], None] | None = None
    ) -> None:
        """`came_in` begins a connection of a peer, or lets it be cut off."""
        self._owner = owner
        self._came_in = came_in
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._socket: asyncio.Transport | None = None
        self._timer: asyncio.Handle | None = None
        self._queue: list[bytes] = []
        self._due = 0.0
        self._is_begun = False
        self._is_closed = False
        self.hop: Hop
        self.stream: SipStream
        self.watch: ConnectionWatch

    def begin(self, hop: Hop, stream: SipStream, *, is_ours: bool) -> None:
        """Before it is connected for one of ours, in `came_in` for a peer's that is let in."""
        self._is_begun = True
        self.hop, self.stream = hop, stream
        self.watch = ConnectionWatch(self._limits, self._loop.time(), is_ours=is_ours)

    # -- asyncio's side -------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast("asyncio.Transport", transport)
        if self._came_in is not None:
            self._came_in(self)
        if self._is_closed or not self._is_begun:
            self._is_closed = True
            self._socket.abort()
            return
        self._note_established()
        self._write()
        self._arm()

    def data_received(self, data: bytes) -> None:
        if self._is_closed:
            return
        intake = self.stream.receive(data)
        self._note_established()
        self._note(intake)
        self._write()
        fits = self._owner.received(self, intake)
        if intake.fault is not None:
            self.close(intake.fault)
        elif self.stream.is_over:
            self.close("closed by the peer")
        elif not fits:
            self.close("too much is buffered")
        self._arm()

    def eof_received(self) -> bool:
        self.close("closed by the peer")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket = None
        self._stop_timer()
        self.close("closed by the peer" if exc is None else "connection lost")

    # -- our side -------------------------------------------------------------------------------
    @property
    def peer(self) -> tuple[str, int] | None:
        """None when the peer is gone already."""
        name = self._socket.get_extra_info("peername") if self._socket else None
        return name[:2] if name else None

    @property
    def unsent(self) -> int:
        """Octets that the peer has not taken."""
        waiting = self._socket.get_write_buffer_size() if self._socket else 0
        return waiting + sum(map(len, self._queue))

    def send(self, message: bytes) -> bool:
        """Queued as long as the connection is not established. False when it cannot be sent."""
        if self._is_closed:
            return False
        if self._socket is None or not self.watch.is_established:
            if len(self._queue) >= self._limits.queued:
                return False
            self._queue.append(message)
            return True
        try:
            self.stream.send(message)
        except PeerError as error:
            self.close(error.reason)
            return False
        self.watch.alive(self._loop.time())
        self._write()
        return not self._is_closed

    def ping(self) -> None:
        """Not before it is established: the handshake keeps the way open by itself."""
        if self._is_closed or self._socket is None or not self.watch.is_established:
            return
        try:
            self.stream.ping()
        except PeerError as error:
            self.close(error.reason)
            return
        self.watch.pinged(self._loop.time())
        self._write()
        self._arm()

    def hold(self, until: float) -> None:
        self.watch.hold(until)

    def close(self, reason: str) -> None:
        """Says goodbye and sends what is written already. The owner hears of it at once."""
        if self._is_closed:
            return
        self._is_closed = True
        self._stop_timer()
        if self._socket is not None:
            self._say_goodbye(self._socket)
        self._owner.closed(self, reason)

    def abort(self) -> None:
        """Leaves nothing behind, whether the peer reads or not."""
        if self._socket is not None:
            self._socket.abort()

    # -- the dull part --------------------------------------------------------------------------
    def _say_goodbye(self, socket: asyncio.Transport) -> None:
        self.stream.close()
        if last_words := self.stream.take():
            socket.write(last_words)
        socket.close()
        # Who does not read would keep the socket for ever.
        self._timer = self._loop.call_later(GOODBYE, socket.abort)

    def _note_established(self) -> None:
        if self.watch.is_established or not self.stream.is_established:
            return
        self.watch.established(self._loop.time())
        queue, self._queue = self._queue, []
        for message in queue:
            self.send(message)

    def _note(self, intake: Intake) -> None:
        now = self._loop.time()
        if not self.watch.is_established:
            return
        self.watch.received(now, messages=len(intake.messages), is_partway=self.stream.is_partway)
        if intake.pings:
            self.watch.alive(now)
        if intake.pongs:
            self.watch.ponged(now)

    def _write(self) -> None:
        data = self.stream.take()
        if not data or self._socket is None or self._is_closed:
            return
        self._socket.write(data)
        if self._socket.get_write_buffer_size() > self._limits.write_buffer:
            self.close("peer does not read")

    def _arm(self) -> None:
        if self._is_closed:
            return
        due = self.watch.next_timer()
        if self._timer is not None:
            if self._due <= due:
                return  # wakes too early at worst, and then arms again
            self._timer.cancel()
        self._timer, self._due = self._loop.call_at(due, self._wake), due

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        overdue = self.watch.handle_timer(self._loop.time())
        if overdue is not None:
            self.close(overdue.value)
        self._arm()
