"""Where we listen, and the sockets for it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import NamedTuple

from voicecore.errors import Unavailable
from voicecore.sip.hop import Address, Transport

RECEIVE_BUFFER = 4 * 1024 * 1024
"""Octets asked of the kernel for datagrams that wait: a burst of calls while the loop is busy with another."""


class ListeningPoint(NamedTuple):
    """One socket of ours. The address may be a wildcard, such as 0.0.0.0."""

    transport: Transport
    address: Address

    def __str__(self) -> str:
        return f"{self.transport.lower()}://{self.address}"


def is_same_family(one: str, other: str) -> bool:
    """Whether both IP literals are IPv4, or both IPv6."""
    return (":" in one) == (":" in other)


def is_wildcard(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_unspecified


def bound_socket(point: ListeningPoint) -> socket.socket:
    """Not listening yet. Raises Unavailable."""
    host, port = point.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    is_udp = point.transport == "UDP"
    bound = socket.socket(family, socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        if is_udp:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        else:
            # Connections of the last run may still be in TIME_WAIT.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Or :: would take the port of 0.0.0.0 as well, and IPv4 peers had IPv6 addresses.
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"{point} is in use by another program. End that program, or put another port into [sip] listen"
            ) from error
        raise Unavailable(f"cannot listen on {point}: {error.strerror}") from error
    return bound
