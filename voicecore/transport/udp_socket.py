"""One UDP socket on the event loop: reads at once while there is time, and in batches when there is little."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import deque
from collections.abc import Callable
from functools import lru_cache

import structlog

from voicecore.sip.hop import Address
from voicecore.transport.waiting import waited_s

_log = structlog.get_logger(__name__)

BATCH = 64
"""Datagrams read in one turn of the loop."""
UNSENT = 1024
"""Datagrams that wait for room in the kernel. Full: the oldest is dropped, its transaction sends it again."""
_LARGEST = 65_535


class UdpSocket:
    """Owns a bound socket from now on. Call it in the loop's thread."""

    def __init__(
        self,
        bound: socket.socket,
        received: Callable[[bytes, Address, Address], None],
        gather_s: Callable[[], float],
    ) -> None:
        """`received` is called with the data, our address and the peer's; `gather_s` says how long they gather now."""
        self.local = Address(*bound.getsockname()[:2])
        self._socket = bound
        self._received = received
        self._gather_s = gather_s
        self._loop = asyncio.get_running_loop()
        self._gathering = 0.0
        self._timer: asyncio.Handle | None = None
        self._unsent: deque[tuple[bytes, Address]] = deque(maxlen=UNSENT)
        self._loop.add_reader(bound, self._read)

    def waited_s(self) -> float:
        """For how long the oldest datagram has waited for want of time, its gathering not counted."""
        return max(0.0, waited_s(self._socket) - self._gathering)

    def send(self, data: bytes, peer: Address) -> None:
        """Raises OSError, and ValueError where the peer is no IP literal."""
        _check(peer.host)
        if self._unsent:
            self._unsent.append((data, peer))
            return
        try:
            self._socket.sendto(data, peer)
        except BlockingIOError:
            self._unsent.append((data, peer))
            self._loop.add_writer(self._socket, self._write)

    def close(self) -> None:
        """What still waits for room is not sent."""
        if self._timer is None:
            self._loop.remove_reader(self._socket)
        else:
            self._timer.cancel()
        if self._unsent:
            self._loop.remove_writer(self._socket)
            self._unsent.clear()
        self._socket.close()

    def _read(self) -> None:
        is_empty = False
        try:
            for _ in range(BATCH):
                try:
                    data, peer = self._socket.recvfrom(_LARGEST)
                except OSError as error:
                    is_empty = True
                    if not isinstance(error, BlockingIOError):
                        # It does not say for whom; the transaction's timer decides.
                        _log.debug("udp error", local=self.local, error=str(error))
                    break
                self._received(data, self.local, Address(peer[0], peer[1]))
        finally:
            if self._socket.fileno() >= 0:
                self._await_next(is_empty)

    def _await_next(self, is_empty: bool) -> None:
        self._gathering = self._gather_s()
        if self._gathering == 0.0:
            if self._timer is not None:
                self._timer = None
                self._loop.add_reader(self._socket, self._read)
            return
        if self._timer is None:
            self._loop.remove_reader(self._socket)
        self._timer = self._loop.call_later(self._gathering if is_empty else 0.0, self._read)

    def _write(self) -> None:
        while self._unsent:
            data, peer = self._unsent[0]
            try:
                self._socket.sendto(data, peer)
            except BlockingIOError:
                return
            except OSError as error:
                _log.warning("udp send failed", personal_peer=str(peer), error=str(error))
            self._unsent.popleft()
        self._loop.remove_writer(self._socket)


@lru_cache(4096)
def _check(host: str) -> None:
    # The kernel's face in Python would ask DNS for a name, and the loop would stand still meanwhile.
    ipaddress.ip_address(host)
