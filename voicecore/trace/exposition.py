"""Serves the metrics to Prometheus: an HTTP/1.1 server that knows one page."""

from __future__ import annotations

import asyncio
import os
from typing import cast

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from voicecore.errors import Unavailable
from voicecore.sip.hop import Address

PATIENCE = 5.0
"""Seconds in which a request must be there and its answer taken."""
LONGEST_REQUEST = 8192
CONNECTIONS = 16
"""At once; a further one is closed unheard."""


class MetricsServer:
    """One listening socket. `close` ends it and every connection."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connections: set[_Connection] = set()
        self._registry = registry
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> Address:
        """Binds and returns the address in use (port 0 takes a free one). Raises Unavailable."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Connection(self), host, port)
        except OSError as error:
            where, problem = Address(host, port), os.strerror(error.errno or 0)
            raise Unavailable(f"[metrics] listen: cannot serve metrics on {where}: {problem}") from error
        return Address(*self._server.sockets[0].getsockname()[:2])

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.abort()

    def answer(self, request: bytes) -> bytes:
        """The response to a request's head; never raises for what the peer wrote."""
        line, _, fields = request.decode("latin-1").partition("\r\n")
        match line.split(" "):
            case ["GET" | "HEAD" as method, target, version] if version.startswith("HTTP/1."):
                if target.partition("?")[0] != "/metrics":
                    return _response("404 Not Found", b"The metrics are at /metrics\n")
                encode, kind = choose_encoder(_accepted(fields))
                return _response("200 OK", encode(self._registry), kind, is_head=method == "HEAD")
            case [_, _, version] if version.startswith("HTTP/1."):
                return _response("405 Method Not Allowed", b"Only GET\n")
            case _:
                return _response("400 Bad Request", b"")


class _Connection(asyncio.Protocol):
    """One request, one answer, and the end."""

    def __init__(self, server: MetricsServer) -> None:
        self._server = server
        self._request = b""
        self._transport: asyncio.Transport | None = None
        self._too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have all of its methods, but are none by class.
        self._transport = cast("asyncio.Transport", transport)
        if len(self._server.connections) >= CONNECTIONS:
            self._transport.abort()
            return
        self._server.connections.add(self)
        self._too_late = asyncio.get_running_loop().call_later(PATIENCE, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        if self._too_late is not None:
            self._too_late.cancel()

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._request += data
        head, end, _ = self._request.partition(b"\r\n\r\n")
        if end:
            self._transport.write(self._server.answer(head))
            self._transport.close()
        elif len(self._request) > LONGEST_REQUEST:
            self._transport.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _accepted(fields: str) -> str:
    for field in fields.split("\r\n"):
        name, _, value = field.partition(":")
        if name.strip().lower() == "accept":
            return value.strip()
    return ""


def _response(
    status: str, body: bytes, kind: str = "text/plain; charset=utf-8", *, is_head: bool = False
) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\nCache-Control: no-store\r\n\r\n"
    )
    return head.encode() + (b"" if is_head else body)
