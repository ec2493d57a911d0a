"""Free ports on the loopback address, for programs that want to be told theirs."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

ADDRESS = "127.0.0.1"

# Below the kernel's own choices (from 32768 on) and the server's default range (20000 to 29999), so that
# nobody takes a port between our look and its use; each process that runs these tests starts elsewhere.
_FIRST, _LAST = 10_000, 19_900
_places = itertools.count(_FIRST + os.getpid() * 40 % (_LAST - _FIRST) // 4 * 4, 4)


def is_free(port: int) -> bool:
    """For UDP and TCP."""
    with contextlib.ExitStack() as stack:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                return False
    return True


def free_ports(count: int = 1) -> int:
    """The first of `count` free ports in a row, for UDP and TCP: a multiple of four, given out once."""
    while True:
        first = _FIRST + (next(_places) - _FIRST) % (_LAST - _FIRST)
        for _ in range((count - 1) // 4):
            next(_places)
        if all(is_free(port) for port in range(first, first + count)):
            return first
