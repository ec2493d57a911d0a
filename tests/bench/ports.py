"""Ports of the loopback address that nobody uses now."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable
from contextlib import ExitStack

ADDRESS = "127.0.0.1"
_LOWEST, _HIGHEST = 10_000, 32_000
"""Below the ports that Linux gives to sockets without one (32768 and up)."""


def free_port(*, taken: Iterable[range] = ()) -> int:
    return free_block(1, taken=taken)


def free_block(count: int, *, taken: Iterable[range] = ()) -> int:
    """The first of `count` neighbouring UDP ports, an even one, outside of `taken`. Raises OSError."""
    for _ in range(200):
        first = random.randrange(_LOWEST, _HIGHEST - count, 2)
        if all(first + count <= block.start or first >= block.stop for block in taken) and _is_free(
            range(first, first + count)
        ):
            return first
    raise OSError(f"no {count} neighbouring UDP ports are free")


def _is_free(ports: range) -> bool:
    with ExitStack() as open_ones:
        for port in ports:
            probe = open_ones.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                return False
    return True
