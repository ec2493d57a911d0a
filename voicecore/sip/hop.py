"""Where a datagram came from and where its answer goes. Not a socket."""

from __future__ import annotations

from typing import Literal, NamedTuple

Transport = Literal["UDP", "TCP", "TLS", "WS", "WSS"]
"""The transports that we speak, as a Via names them (RFC 3261, 7.1; RFC 7118, 5.2)."""

BY_NAME: dict[str, Transport] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WS", "wss": "WSS"}
"""As a URI's transport parameter names them, and the scheme of a listening address."""

DEFAULT_PORTS: dict[Transport, int] = {"UDP": 5060, "TCP": 5060, "TLS": 5061, "WS": 80, "WSS": 443}
"""RFC 3261, 19.1.2; RFC 7118, 5.2."""

RELIABLE: frozenset[Transport] = frozenset({"TCP", "TLS", "WS", "WSS"})
"""Transports that repeat what is lost themselves (RFC 3261, 17)."""

WEB_SOCKET: frozenset[Transport] = frozenset({"WS", "WSS"})
"""The transports of browsers, which only they can open (RFC 7118)."""


class Address(NamedTuple):
    """An IP literal without brackets, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Hop(NamedTuple):
    """One way between two addresses: our own end and the peer's.

    `local` is always an address that we listen on, also of a connection that we opened from another port:
    it is where the peer may reach us. A connection is known by its transport and `remote`.
    """

    transport: Transport
    local: Address
    remote: Address
    server_name: str = ""
    """The name that a TLS server's certificate must carry (RFC 5922, 4); empty where the peer connected to us."""
