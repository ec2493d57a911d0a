"""Who sent it, as far as an address tells: the key under which evidence is kept, and networks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NewType

from voicecore.guard.settings import LOOPBACK, Network

SourceKey = NewType("SourceKey", str)
"""An IPv4 address, or the /64 of an IPv6 address: what one subscriber is given."""


@lru_cache(maxsize=4096)
def source_key(host: str) -> SourceKey:
    """
    >>> source_key("192.0.2.1"), source_key("2001:db8:1:2:3::4"), source_key("::ffff:192.0.2.1")
    ('192.0.2.1', '2001:db8:1:2::/64', '192.0.2.1')
    """
    match _address(host):
        case IPv6Address() as address:
            return SourceKey(f"{IPv6Address(int(address) >> 64 << 64)}/64")
        case None:
            return SourceKey(host)
        case address:
            return SourceKey(str(address))


def is_within(host: str, networks: Iterable[Network]) -> bool:
    """Whether the address belongs to one of the networks; no text that is not an address does."""
    address = _address(host)
    return address is not None and any(
        address.version == network.version and address in network for network in networks
    )


@lru_cache(maxsize=4096)
def is_loopback(host: str) -> bool:
    return is_within(host, LOOPBACK)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    # A socket of both families shows IPv4 peers as ::ffff:a.b.c.d; they are the same peers.
    return getattr(address, "ipv4_mapped", None) or address
