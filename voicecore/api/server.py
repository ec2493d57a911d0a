"""The HTTP server in our own process and loop: uvicorn, with our sockets and without its signal handlers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
import uvicorn
from starlette.types import ASGIApp

from voicecore.api.connection import Connection
from voicecore.api.settings import ApiSettings
from voicecore.errors import Unavailable
from voicecore.sip.hop import Address
from voicecore.transport.tls import TlsSettings, server_context

_log = structlog.get_logger(__name__)

BACKLOG = 256
HANDSHAKE_PATIENCE_S = 10.0
GOODBYE_S = 2
"""Seconds that requests and WebSockets get to end when the server stops."""
LONGEST_HEAD = 32_768
LONGEST_WORD = 65_536
"""Bytes of a message that a follower of the events may send: we read none."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but that a TLS handshake has to come to its end soon."""
        config = self.config
        connection = partial(Connection, config=config, server_state=self.server_state, app_state={})
        patience = None if config.ssl is None else HANDSHAKE_PATIENCE_S
        self.servers = [
            await asyncio.get_running_loop().create_server(
                connection, sock=one, ssl=config.ssl, ssl_handshake_timeout=patience, backlog=BACKLOG
            )
            for one in sockets or []
        ]
        self.started = True
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The program's own handlers stop us."""
        yield


@dataclass(frozen=True, slots=True)
class Place:
    """Where we serve: a socket that listens, and what connections to it are encrypted with."""

    settings: ApiSettings
    address: Address
    listener: socket.socket
    tls: ssl.SSLContext | None

    @property
    def url(self) -> str:
        return f"{self.settings.scheme}://{self.address}"


@contextlib.contextmanager
def opened(settings: ApiSettings) -> Iterator[Place]:
    """Binds, before anything else is started; port 0 takes a free one. Raises Unavailable."""
    tls = _tls(settings)
    where = settings.listen
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(where)
            listener.listen(BACKLOG)
        except OSError as error:
            problem = (
                f"cannot serve the page on {where}: {error.strerror}. Name another place in [api] listen"
            )
            raise Unavailable(problem) from error
        listener.setblocking(False)
        yield Place(settings, Address(*listener.getsockname()[:2]), listener, tls)


@asynccontextmanager
async def serving(app: ASGIApp, place: Place) -> AsyncIterator[None]:
    """Serves until the block is left."""
    server = _Server(_config(app, place))
    async with asyncio.TaskGroup() as group:
        group.create_task(_serve(server, place.listener), name="api")
        try:
            await server.ready.wait()
            yield
        finally:
            server.should_exit = True


async def _serve(server: _Server, listener: socket.socket) -> None:
    try:
        await server.serve(sockets=[listener])
    except Exception:
        # Calls go on without a page.
        _log.exception("the API has stopped")
    finally:
        server.ready.set()


def _config(app: ASGIApp, place: Place) -> uvicorn.Config:
    tls = place.tls
    # It warns of each request that is none, and so would let strangers fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        http=Connection,
        ws="websockets-sansio",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=place.settings.limits.connections,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GOODBYE_S,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        ws_max_size=LONGEST_WORD,
        ws_max_queue=4,
        ws_per_message_deflate=False,
        ssl_context_factory=None if tls is None else lambda config, default: tls,
    )


def _tls(settings: ApiSettings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    try:
        return server_context(TlsSettings(certificate=settings.certificate, key=settings.key))
    except OSError as error:
        raise Unavailable(f"[api] certificate or key cannot be used: {error}") from error
