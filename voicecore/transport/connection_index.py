"""Which connection a hop means."""

from __future__ import annotations

from voicecore.sip.hop import Address, Hop, Transport
from voicecore.transport.connection import Connection

ENCRYPTED: frozenset[Transport] = frozenset({"TLS", "WSS"})


def verified_name(hop: Hop) -> str:
    """The server's name as far as it tells connections apart."""
    return hop.server_name if hop.transport in ENCRYPTED else ""


class ConnectionIndex:
    """By transport and remote address; those of ours to a TLS server by its name as well.

    A connection that was verified for one name is not trusted for another (RFC 5923, 4). A hop without a name
    means any connection to that address: it is where a request came from.
    """

    def __init__(self) -> None:
        self._named: dict[tuple[Transport, Address], dict[str, Connection]] = {}

    def add(self, connection: Connection) -> None:
        hop = connection.hop
        self._named.setdefault((hop.transport, hop.remote), {})[verified_name(hop)] = connection

    def find(self, hop: Hop) -> Connection | None:
        named = self._named.get((hop.transport, hop.remote))
        if named is None:
            return None
        name = verified_name(hop)
        return named.get(name) if name else next(reversed(named.values()))

    def remove(self, connection: Connection) -> None:
        hop = connection.hop
        place, name = (hop.transport, hop.remote), verified_name(hop)
        named = self._named.get(place, {})
        if named.get(name) is connection:  # or a newer one has its place
            del named[name]
            if not named:
                del self._named[place]

    def all(self) -> list[Connection]:
        return [connection for named in self._named.values() for connection in named.values()]
