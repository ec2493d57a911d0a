"""SIP over UDP: one socket a listening address, IPv4 or IPv6."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from voicecore.sip.hop import Address, Hop
from voicecore.sip.keep_alive import is_blank, is_stun, stun_answer
from voicecore.transport.gathering import BusyShare, gather_s
from voicecore.transport.listening_point import ListeningPoint, bound_socket
from voicecore.transport.udp_socket import UdpSocket
from voicecore.transport.waiting import stamp_arrivals

_log = structlog.get_logger(__name__)

_FIRST_LETTER = b"A"  # a SIP message begins with one; STUN and keep-alives stand before it


class UdpTransport:
    """Owns the sockets. What comes in before `connect` is dropped; the peer sends it again."""

    def __init__(self, cpu_s: Callable[[], float] = time.thread_time) -> None:
        """`cpu_s`: the CPU clock of the loop's thread. Where it runs fast, datagrams gather before they are read."""
        self.received: Callable[[bytes, Hop], None] = lambda data, hop: None
        self._failed: Callable[[Hop], None] = lambda hop: None
        self._sockets: dict[Address, UdpSocket] = {}
        self._loop = asyncio.get_running_loop()
        self._cpu_s = cpu_s
        self._busy = BusyShare(self._loop.time(), cpu_s())

    def connect(self, received: Callable[[bytes, Hop], None], failed: Callable[[Hop], None]) -> None:
        """Says who takes datagrams, and who is told that one could not be sent."""
        self.received = received
        self._failed = failed

    async def listen(self, host: str, port: int) -> Address:
        """Binds and returns the address in use (port 0 takes a free one). Raises `Unavailable`."""
        bound = bound_socket(ListeningPoint("UDP", Address(host, port)))
        stamp_arrivals(bound)
        opened = UdpSocket(bound, self._take, self._gather_s)
        self._sockets[opened.local] = opened
        return opened.local

    def waited_s(self) -> float:
        """How long the oldest datagram has waited for us in the kernel; 0: none does, or it is not known."""
        return max((one.waited_s() for one in self._sockets.values()), default=0.0)

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(self._sockets)

    def send(self, data: bytes, hop: Hop) -> None:
        udp = self._sockets.get(hop.local)
        if udp is None:
            self._failed(hop)
            return
        try:
            udp.send(data, hop.remote)
        except (OSError, ValueError) as error:
            _log.warning("udp send failed", personal_peer=str(hop.remote), error=str(error))
            self._failed(hop)

    def close(self) -> None:
        for one in self._sockets.values():
            one.close()
        self._sockets.clear()

    def _gather_s(self) -> float:
        return gather_s(self._busy.at(self._loop.time(), self._cpu_s()))

    def _take(self, data: bytes, local: Address, peer: Address) -> None:
        if data[:1] >= _FIRST_LETTER:
            self.received(data, Hop("UDP", local, peer))
        elif is_stun(data):
            answer = stun_answer(data, peer)
            if answer is not None:
                self.send(answer, Hop("UDP", local, peer))
        elif not is_blank(data):
            self.received(data, Hop("UDP", local, peer))
