"""The way to a Homer server: datagrams, or a connection that is opened again whenever it breaks. Neither ever waits."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Protocol

from voicecore.errors import Unavailable
from voicecore.sip.hop import Address

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
"""Before the next attempt to connect: doubled each time."""


class Link(Protocol):
    """`send` takes one packet. False: nothing for now; `ready` is called when it takes something again.

    Raises OSError where this packet is lost.
    """

    def send(self, packet: bytes) -> bool: ...
    def close(self) -> None: ...


class DatagramLink:
    """UDP. Raises Unavailable where the server cannot be written to at all."""

    def __init__(self, server: Address, ready: Callable[[], None]) -> None:
        self._ready = ready
        self._loop = asyncio.get_running_loop()
        self._is_blocked = False
        self._socket = _made(server, socket.SOCK_DGRAM)
        try:
            self._socket.connect((server.host, server.port))
        except OSError as error:
            self._socket.close()
            raise Unavailable(f"cannot reach the Homer server udp://{server}: {error.strerror}") from error

    def send(self, packet: bytes) -> bool:
        try:
            self._socket.send(packet)
        except BlockingIOError:
            self._is_blocked = True
            self._loop.add_writer(self._socket, self._unblocked)
            return False
        return True

    def close(self) -> None:
        if self._is_blocked:
            self._loop.remove_writer(self._socket)
        self._socket.close()

    def _unblocked(self) -> None:
        self._loop.remove_writer(self._socket)
        self._is_blocked = False
        self._ready()


class StreamLink:
    """TCP. A packet says itself how long it is, so they follow each other. What was half sent at a break is lost."""

    def __init__(self, server: Address, ready: Callable[[], None]) -> None:
        self._server = server
        self._ready = ready
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._is_connected = False
        self._rest = b""
        self._wait_s = FIRST_WAIT_S
        self._again: asyncio.TimerHandle | None = None
        self._connect()

    def send(self, packet: bytes) -> bool:
        if self._socket is None or not self._is_connected or self._rest:
            return False
        try:
            sent = self._socket.send(packet)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._broke()
            raise
        if sent < len(packet):
            self._rest = packet[sent:]
            self._loop.add_writer(self._socket, self._writable)
        return True

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self._drop()

    def _connect(self) -> None:
        self._again = None
        self._socket = _made(self._server, socket.SOCK_STREAM)
        problem = self._socket.connect_ex((self._server.host, self._server.port))
        if problem in (0, errno.EINPROGRESS):
            self._loop.add_writer(self._socket, self._writable)
        else:
            self._broke()

    def _writable(self) -> None:
        made = self._socket
        if made is None:
            return
        try:
            if not self._is_connected:
                self._connected(made)
            if self._rest:
                self._rest = self._rest[made.send(self._rest) :]
        except BlockingIOError:
            return
        except OSError:
            self._broke()
            return
        if not self._rest:
            self._loop.remove_writer(made)
            self._ready()

    def _connected(self, made: socket.socket) -> None:
        problem = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, "not connected")
        self._is_connected, self._wait_s = True, FIRST_WAIT_S
        self._loop.add_reader(made, self._readable)

    def _readable(self) -> None:
        """A Homer server says nothing: what comes is its end, or is thrown away."""
        try:
            ended = self._socket is not None and not self._socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            ended = True
        if ended:
            self._broke()

    def _broke(self) -> None:
        self._drop()
        self._again = self._loop.call_later(self._wait_s, self._connect)
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def _drop(self) -> None:
        if self._socket is not None:
            self._loop.remove_writer(self._socket)
            self._loop.remove_reader(self._socket)
            self._socket.close()
        self._socket, self._is_connected, self._rest = None, False, b""


def _made(server: Address, kind: socket.SocketKind) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET, kind)
    made.setblocking(False)
    return made
