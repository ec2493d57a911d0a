"""Where a datagram came from and where its answer goes. Not a socket."""

from __future__ import annotations

from typing import Literal, NamedTuple

Transport = Literal["UDP"]
"""The transports that we speak, as a Via names them (RFC 3261, 7.1)."""


class Address(NamedTuple):
    """An IP literal without brackets, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Hop(NamedTuple):
    """One way between two addresses: our own end and the peer's."""

    transport: Transport
    local: Address
    remote: Address
