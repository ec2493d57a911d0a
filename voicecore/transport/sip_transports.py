"""Every way in and out for SIP behind one face: UDP, TCP, TLS, WebSocket and secure WebSocket."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from voicecore.sip.hop import RELIABLE, Address, Hop, Transport
from voicecore.sip.keep_alive import DATAGRAM_PING
from voicecore.transport.connection import Connection
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.keep_alives import KeepAlives
from voicecore.transport.listening_point import ListeningPoint
from voicecore.transport.streams import Census, Handlers, StreamTransports
from voicecore.transport.tls import CertificateNames, TlsSettings
from voicecore.transport.tls_contexts import TlsContexts
from voicecore.transport.udp import UdpTransport

_LAST_TURNS = 3
"""Turns of the loop in which connections that are closed send their last words."""


class SipTransports:
    """Made by `open`. What comes in before `connect` is dropped."""

    def __init__(self, streams: StreamTransports, udp: UdpTransport) -> None:
        self._streams = streams
        self._udp = udp
        self._points: list[ListeningPoint] = []
        self._ending: list[Connection] = []
        self._keep_alives = KeepAlives(self._ping, random.Random())
        self._failed: Callable[[Hop], None] = lambda hop: None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        limits: ConnectionLimits | None = None,
        tls: TlsSettings | None = None,
        origins: Sequence[str] = (),
    ) -> AsyncIterator[SipTransports]:
        """Closed at the end. `origins`: whose web pages may connect by WebSocket; empty: all."""
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            contexts = TlsContexts(tls or TlsSettings())
            streams = StreamTransports(limits or ConnectionLimits(), contexts, origins, tasks)
            transports = cls(streams, UdpTransport())
            try:
                yield transports
            except Exception as error:
                failure = error  # raised below: the task group would make a group of it
            finally:
                await transports._end()
        if failure is not None:
            raise failure

    def waited_s(self) -> float:
        """How long the oldest datagram has waited to be read."""
        return self._udp.waited_s()

    def connect(
        self,
        received: Callable[[bytes, Hop], None],
        failed: Callable[[Hop], None],
        admits: Callable[[Hop], bool] = lambda hop: True,
    ) -> None:
        """Says who takes messages, who is told that a hop cannot be reached or was lost, and who may connect.

        `failed` is called once for a connection that ends, whoever ended it, and for a message that cannot be sent.
        """
        self._failed = failed
        self._udp.connect(received, failed)
        self._streams.handlers = Handlers(received, self._lost, admits)

    async def listen(self, transport: Transport, host: str, port: int) -> ListeningPoint:
        """Binds and returns the point in use (port 0 takes a free one). Raises Unavailable."""
        if transport == "UDP":
            point = ListeningPoint("UDP", await self._udp.listen(host, port))
        else:
            point = await self._streams.listen(ListeningPoint(transport, Address(host, port)))
        self._points.append(point)
        return point

    @property
    def addresses(self) -> tuple[ListeningPoint, ...]:
        """In the order of `listen`."""
        return tuple(self._points)

    def send(self, data: bytes, hop: Hop) -> None:
        """Never raises; a failure is told to `failed`, perhaps before this returns."""
        if hop.transport in RELIABLE:
            self._streams.send(data, hop)
        else:
            self._udp.send(data, hop)

    def keep_alive(self, hop: Hop, every_s: float | None) -> None:
        """Pings the hop about as often; None ends it, as does the failure of a connection."""
        if every_s is None:
            self._keep_alives.stop(hop)
        else:
            self._keep_alives.start(hop, every_s)

    def hold(self, hop: Hop, seconds: float) -> None:
        """Spares the connection of a registered phone for so long, although it is silent. Not for UDP."""
        self._streams.hold(hop, asyncio.get_running_loop().time() + seconds)

    def peer_certificate(self, hop: Hop) -> CertificateNames | None:
        """The names of the certificate that the peer showed and we verified; None: there is none."""
        return self._streams.peer_certificate(hop)

    def census(self) -> Census:
        return self._streams.census()

    def close(self) -> None:
        """Ends everything; nobody is told."""
        self._keep_alives.close()
        self._udp.close()
        self._points.clear()
        self._ending += self._streams.close()

    async def _end(self) -> None:
        self.close()
        for _ in range(_LAST_TURNS):
            await asyncio.sleep(0)
        for connection in self._ending:
            connection.abort()

    def _lost(self, hop: Hop) -> None:
        self._keep_alives.stop(hop)
        self._failed(hop)

    def _ping(self, hop: Hop) -> bool:
        if hop.transport in RELIABLE:
            if self._streams.ping(hop):
                return True
            self._failed(hop)
            return False
        self._udp.send(DATAGRAM_PING, hop)
        return True
