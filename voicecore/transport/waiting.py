"""How long datagrams wait in the kernel until we read them: the first sign of more work than time."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress

_SO_TIMESTAMPNS = 35  # of Linux; Python does not name it
_TIMESPEC = struct.Struct("@ll")
_ROOM = socket.CMSG_SPACE(_TIMESPEC.size)


def stamp_arrivals(bound: socket.socket) -> None:
    """Has the kernel note when each datagram came, where it can."""
    with suppress(OSError):
        bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def waited_s(bound: socket.socket) -> float:
    """The age of the oldest datagram that nobody has read; 0 where none waits, or where it has no stamp."""
    try:
        _, notes, _, _ = bound.recvmsg(0, _ROOM, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return 0.0  # nothing waits, or the socket is closed
    for level, kind, value in notes:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            age: float = time.time() - seconds - nanoseconds / 1e9
            return max(0.0, age)
    return 0.0
