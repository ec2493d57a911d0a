"""SIP over UDP: one socket a listening address, IPv4 or IPv6."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import structlog

from voicecore.sip.hop import Address, Hop
from voicecore.sip.keep_alive import is_blank, is_stun, stun_answer
from voicecore.transport.listening_point import ListeningPoint, bound_socket
from voicecore.transport.waiting import stamp_arrivals, waited_s

_log = structlog.get_logger(__name__)

_FIRST_LETTER = b"A"  # a SIP message begins with one; STUN and keep-alives stand before it


class _Endpoint(asyncio.DatagramProtocol):
    def __init__(self, transport: UdpTransport) -> None:
        self._udp = transport
        self._local = Address("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        host, port = transport.get_extra_info("sockname")[:2]
        self._local = Address(host, port)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        peer = Address(addr[0], addr[1])
        if data[:1] >= _FIRST_LETTER:
            self._udp.received(data, Hop("UDP", self._local, peer))
        elif is_stun(data):
            answer = stun_answer(data, peer)
            if answer is not None:
                self._udp.send(answer, Hop("UDP", self._local, peer))
        elif not is_blank(data):
            self._udp.received(data, Hop("UDP", self._local, peer))

    def error_received(self, exc: Exception) -> None:
        # ICMP errors of an unconnected socket do not say for whom; the transaction's timer decides.
        _log.debug("udp error", local=self._local, error=str(exc))


class UdpTransport:
    """Owns the sockets. What comes in before `connect` is dropped; the peer sends it again."""

    def __init__(self) -> None:
        self.received: Callable[[bytes, Hop], None] = lambda data, hop: None
        self._failed: Callable[[Hop], None] = lambda hop: None
        self._sockets: dict[Address, asyncio.DatagramTransport] = {}
        self._bound: list[socket.socket] = []

    def connect(self, received: Callable[[bytes, Hop], None], failed: Callable[[Hop], None]) -> None:
        """Says who takes datagrams, and who is told that one could not be sent."""
        self.received = received
        self._failed = failed

    async def listen(self, host: str, port: int) -> Address:
        """Binds and returns the address in use (port 0 takes a free one). Raises `Unavailable`."""
        bound = bound_socket(ListeningPoint("UDP", Address(host, port)))
        stamp_arrivals(bound)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Endpoint(self), sock=bound
        )
        address = Address(*transport.get_extra_info("sockname")[:2])
        self._sockets[address] = transport
        self._bound.append(bound)
        return address

    def waited_s(self) -> float:
        """How long the oldest datagram has waited in the kernel to be read; 0: none does, or it is not known."""
        return max(map(waited_s, self._bound), default=0.0)

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
        self._bound.clear()
