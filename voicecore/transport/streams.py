"""All connections: TCP, TLS, WebSocket and secure WebSocket. Finds, opens, admits and ends them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from voicecore.errors import Unavailable
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.transport.connection import Connection
from voicecore.transport.connection_index import ENCRYPTED, ConnectionIndex, verified_name
from voicecore.transport.connection_limits import ConnectionLimits, ConnectionTable, HandshakePace, Refused
from voicecore.transport.listening_point import ListeningPoint, bound_socket, is_same_family, is_wildcard
from voicecore.transport.log_gate import LogGate
from voicecore.transport.sip_stream import Intake, SipStream
from voicecore.transport.tls import CertificateNames, TlsLayer
from voicecore.transport.tls_contexts import TlsContexts
from voicecore.transport.web_socket import WebSocketLayer

_log = structlog.get_logger(__name__)

_WEB_SOCKET: frozenset[Transport] = frozenset({"WS", "WSS"})
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who is told. They must not raise."""

    received: Callable[[bytes, Hop], None] = lambda data, hop: None
    failed: Callable[[Hop], None] = lambda hop: None
    admits: Callable[[Hop], bool] = lambda hop: True
    """Asked before a connection of a peer costs anything."""


@dataclass(frozen=True, slots=True)
class Census:
    """What connections hold at this moment."""

    connections: int
    waiting: int
    """Those of them that brought no message yet."""
    buffered: int
    """Octets of parts of messages that came in."""
    unsent: int
    """Octets that peers have not taken."""


class StreamTransports:
    """One a process."""

    def __init__(
        self,
        limits: ConnectionLimits,
        contexts: TlsContexts,
        origins: Sequence[str],
        tasks: asyncio.TaskGroup,
    ) -> None:
        """`tasks` holds the attempts to connect; they end within the handshake time."""
        self._limits = limits
        self._contexts = contexts
        self._origins = origins
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._servers: dict[ListeningPoint, asyncio.Server] = {}
        self._table: ConnectionTable[Connection] = ConnectionTable(limits)
        self._connections = ConnectionIndex()
        self._pace = HandshakePace(limits)
        self._attempts: set[asyncio.Task[None]] = set()
        self._gate = LogGate()
        self._is_closing = False
        self.handlers = Handlers()

    # -- what we want ---------------------------------------------------------------------------
    async def listen(self, point: ListeningPoint) -> ListeningPoint:
        """Raises Unavailable."""
        is_encrypted = point.transport in ENCRYPTED
        if is_encrypted:
            self._contexts.server()  # files that cannot be used are told now, not to the first peer
        bound = bound_socket(point)
        host, port = bound.getsockname()[:2]
        place = ListeningPoint(point.transport, Address(host, port))
        try:
            self._servers[place] = await self._loop.create_server(
                lambda: Connection(self, self._limits, lambda new: self._admit(new, place, is_encrypted)),
                sock=bound,
                backlog=_BACKLOG,
            )
        except BaseException:
            bound.close()
            raise
        return place

    @property
    def points(self) -> tuple[ListeningPoint, ...]:
        return tuple(self._servers)

    def send(self, data: bytes, hop: Hop) -> None:
        """Over the connection that is there, or a new one. A failure is told to `failed`."""
        connection = self._connections.find(hop) or self._open(hop)
        if connection is None or not connection.send(data):
            self.handlers.failed(hop)
        else:
            self._table.active(connection, self._loop.time())

    def ping(self, hop: Hop) -> bool:
        """False when there is no connection, and none can be opened."""
        connection = self._connections.find(hop) or self._open(hop)
        if connection is None:
            return False
        connection.ping()
        return True

    def hold(self, hop: Hop, until: float) -> None:
        """Spares the connection until then, although it is silent: a phone is registered over it."""
        connection = self._connections.find(hop)
        if connection is not None:
            connection.hold(until)
            self._table.hold(connection, until)

    def peer_certificate(self, hop: Hop) -> CertificateNames | None:
        connection = self._connections.find(hop)
        return connection.stream.peer_names if connection else None

    def census(self) -> Census:
        return Census(
            connections=len(self._table),
            waiting=self._table.waiting,
            buffered=self._table.buffered,
            unsent=sum(connection.unsent for connection in self._connections.all()),
        )

    def close(self) -> list[Connection]:
        """Ends everything; nobody is told. What is returned may still be sending its last words."""
        self._is_closing = True
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        for attempt in self._attempts:
            attempt.cancel()
        ending = self._connections.all()
        for connection in ending:
            connection.close("we are stopping")
        return ending

    # -- the connections' side ------------------------------------------------------------------
    def _admit(self, connection: Connection, point: ListeningPoint, is_encrypted: bool) -> None:
        peer = connection.peer
        if peer is None or self._is_closing:
            return
        hop = Hop(point.transport, point.address, Address(*peer))
        if not self.handlers.admits(hop):
            return
        if is_encrypted and not self._pace.allows(peer[0], self._loop.time()):
            self._say("too many TLS handshakes", hop)
            return
        admission = self._table.admit(connection, peer[0], self._loop.time())
        if isinstance(admission, Refused):
            self._say(admission.reason, hop)
            return
        if admission.instead_of is not None:
            admission.instead_of.close("made room for a newer one")
        tls = TlsLayer(self._contexts.server(), server_name=None) if is_encrypted else None
        web_socket = WebSocketLayer(self._origins) if point.transport in _WEB_SOCKET else None
        connection.begin(hop, SipStream(hop, tls, web_socket), is_ours=False)
        self._connections.add(connection)

    def received(self, connection: Connection, intake: Intake) -> bool:
        if intake.messages:
            self._table.active(connection, self._loop.time())
        fits = self._table.holds_back(connection, connection.stream.buffered)
        for message in intake.messages:
            self.handlers.received(message, connection.hop)
        return fits

    def closed(self, connection: Connection, reason: str) -> None:
        self._table.remove(connection)
        self._connections.remove(connection)
        if not self._is_closing:
            self._say(reason, connection.hop)
            self.handlers.failed(connection.hop)

    # -- the dull part --------------------------------------------------------------------------
    def _open(self, hop: Hop) -> Connection | None:
        """None where nobody can be reached like this: browsers only call, they are not called (RFC 7118, 5)."""
        if hop.transport in _WEB_SOCKET or self._is_closing:
            return None
        tls = None
        name = verified_name(hop)
        if hop.transport in ENCRYPTED:
            try:
                tls = TlsLayer(self._contexts.client(), server_name=name or hop.remote.host)
            except (OSError, ValueError, Unavailable) as error:
                _log.warning("cannot connect", transport=hop.transport, error=str(error))
                return None
        connection = Connection(self, self._limits)
        if not self._table.add_ours(connection, hop.remote.host):
            self._say("too many connections", hop)
            return None
        hop = Hop(hop.transport, self._listening_address(hop), hop.remote, name)
        connection.begin(hop, SipStream(hop, tls, None), is_ours=True)
        self._connections.add(connection)
        attempt = self._tasks.create_task(self._connect(connection))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)
        return connection

    async def _connect(self, connection: Connection) -> None:
        local, remote = connection.hop.local, connection.hop.remote
        # The peer sees the address that it is told; the port is any.
        bind = (
            None
            if is_wildcard(local.host) or not is_same_family(local.host, remote.host)
            else (local.host, 0)
        )
        try:
            async with asyncio.timeout(self._limits.handshake_s):
                await self._loop.create_connection(
                    lambda: connection, remote.host, remote.port, local_addr=bind
                )
        except TimeoutError:
            connection.close("cannot connect: no answer")
        except OSError as error:
            connection.close(f"cannot connect: {error.strerror or 'refused'}")

    def _listening_address(self, hop: Hop) -> Address:
        """Where the peer may reach us: the address that was asked for, if we listen there."""
        ours = [
            point.address
            for point in self._servers
            if point.transport == hop.transport and is_same_family(point.address.host, hop.remote.host)
        ]
        return hop.local if hop.local in ours or not ours else ours[0]

    def _say(self, reason: str, hop: Hop) -> None:
        times = self._gate.passes(reason, self._loop.time())
        if times is not None:
            _log.info(
                "connection ended",
                reason=reason,
                times=times,
                transport=hop.transport,
                personal_peer=str(hop.remote),
            )
