"""Free ports on the loopback address, for programs that want to be told theirs."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import socket
import tempfile
from pathlib import Path

ADDRESS = "127.0.0.1"
ADDRESS_6 = "::1"

# Below the kernel's own choices (from 32768 on) and the server's default range (20000 to 29999), so that nobody takes
# a port between our look and its use.
_FIRST, _COUNT, _SHARES = 10_000, 1_640, 6


class Ports:
    """One share of them: a port is given out again only after all others were, and not while it is kept."""

    def __init__(self, first: int, count: int) -> None:
        self._first, self._last = first, first + count - 1
        self._next = first
        self._kept: dict[int, range] = {}

    def take(self, count: int, *, kept: bool = False) -> int:
        """The first of `count` free ports in a row: a multiple of four. Raises OSError if there are not so many.

        `kept`: until `give_back`, though nobody holds a socket there yet.
        """
        turned = False
        while True:
            if self._next + count - 1 > self._last:
                if turned:
                    raise OSError(f"no {count} free ports in a row from {self._first} to {self._last}")
                turned, self._next = True, self._first
                continue
            wanted = range(self._next, self._next + count)
            self._next += (count + 3) // 4 * 4
            if any(wanted.start < one.stop and one.start < wanted.stop for one in self._kept.values()):
                continue
            if all(is_free(port) for port in wanted):
                if kept:
                    self._kept[wanted.start] = wanted
                return wanted.start

    def give_back(self, first: int) -> None:
        self._kept.pop(first, None)


@functools.cache
def _ours() -> Ports:
    """The share of this process, which no other that runs these tests has: it holds a lock as long as it lives."""
    for number in range(_SHARES):
        name = f"voicecore-test-ports-{os.getuid()}-{number}"
        lock = os.open(Path(tempfile.gettempdir()) / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return Ports(_FIRST + number * _COUNT, _COUNT)
    raise OSError(f"{_SHARES} runs of these tests have every port")


def is_free(port: int, address: str = ADDRESS) -> bool:
    """For UDP and TCP."""
    with contextlib.ExitStack() as stack:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((ADDRESS_6, 0))
    except OSError:
        return False
    return True


def written(address: str) -> str:
    """As URIs and baresip's settings have it: IPv6 in brackets."""
    return f"[{address}]" if ":" in address else address


def free_ports(count: int = 1) -> int:
    """The first of `count` free ports in a row, for UDP and TCP: a multiple of four, not soon given out again."""
    return _ours().take(count)


def kept_ports(count: int) -> int:
    """As `free_ports`, and not given out again before `give_back`."""
    return _ours().take(count, kept=True)


def give_back(first: int) -> None:
    """What `kept_ports` returned may be given out again."""
    _ours().give_back(first)
