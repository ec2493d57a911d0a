"""SIP over UDP: one socket a listening address, IPv4 or IPv6."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Any

import structlog

from voicecore.errors import Unavailable
from voicecore.sip.hop import Address, Hop

_log = structlog.get_logger(__name__)

RECEIVE_BUFFER = 4 * 1024 * 1024
"""Octets asked of the kernel for datagrams that wait: a burst of calls while the loop is busy with another."""


class _Endpoint(asyncio.DatagramProtocol):
    def __init__(self, transport: UdpTransport) -> None:
        self._udp = transport
        self._local = Address("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        host, port = transport.get_extra_info("sockname")[:2]
        self._local = Address(host, port)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._udp.received(data, Hop("UDP", self._local, Address(addr[0], addr[1])))

    def error_received(self, exc: Exception) -> None:
        # ICMP errors of an unconnected socket do not say for whom; the transaction's timer decides.
        _log.debug("udp error", local=self._local, error=str(exc))


class UdpTransport:
    """Owns the sockets. What comes in before `connect` is dropped; the peer sends it again."""

    def __init__(self) -> None:
        self.received: Callable[[bytes, Hop], None] = lambda data, hop: None
        self._failed: Callable[[Hop], None] = lambda hop: None
        self._sockets: dict[Address, asyncio.DatagramTransport] = {}

    def connect(self, received: Callable[[bytes, Hop], None], failed: Callable[[Hop], None]) -> None:
        """Says who takes datagrams, and who is told that one could not be sent."""
        self.received = received
        self._failed = failed

    async def listen(self, host: str, port: int) -> Address:
        """Binds and returns the address in use (port 0 takes a free one). Raises `Unavailable`."""
        bound = _bound_socket(host, port)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Endpoint(self), sock=bound
        )
        address = Address(*transport.get_extra_info("sockname")[:2])
        self._sockets[address] = transport
        return address

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(self._sockets)

    def send(self, data: bytes, hop: Hop) -> None:
        transport = self._sockets.get(hop.local)
        if transport is None or transport.is_closing():
            self._failed(hop)
            return
        try:
            transport.sendto(data, hop.remote)
        except (OSError, ValueError) as error:
            _log.warning("udp send failed", personal_peer=str(hop.remote), error=str(error))
            self._failed(hop)

    def close(self) -> None:
        for transport in self._sockets.values():
            transport.close()
        self._sockets.clear()


def _bound_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"udp://{host}:{port} is in use by another program. End that program, "
                "or put another port into [sip] listen"
            ) from error
        raise Unavailable(f"cannot listen on udp://{host}:{port}: {error.strerror}") from error
    return bound
