"""Whose call comes in: by the address it comes from, or the certificate of its connection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from voicecore.sip.hop import Hop
from voicecore.trunks.trunk import Network, Trunk, TrunkName

REMEMBERED = 1024
"""Senders' addresses that are read once; a carrier has few."""


def identify(hop: Hop, certificate_names: Collection[str], trunks: Iterable[Trunk]) -> TrunkName | None:
    """The trunk that a request from `hop` belongs to; None: nobody's, as far as address and certificate say.

    `certificate_names` are those of the verified client certificate, empty without one. A certificate proves
    more than an address, so it goes first; among addresses the narrowest network counts.
    """
    trunks = tuple(trunks)
    if not trunks:
        return None
    names = {name.lower() for name in certificate_names}
    for trunk in trunks:
        if names.intersection(trunk.identification.certificates):
            return trunk.name
    source = _source(hop.remote.host)
    matches = [
        (network.prefixlen, trunk.name)
        for trunk in trunks
        for network in trunk.identification.addresses
        if source in network
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


@lru_cache(maxsize=REMEMBERED)
def _source(host: str) -> IPv4Address | IPv6Address:
    source = ip_address(host.partition("%")[0])
    if isinstance(source, IPv6Address) and source.ipv4_mapped:
        return source.ipv4_mapped
    return source


def overlap(ours: Iterable[Network], theirs: Iterable[Network]) -> Network | None:
    """A network that stands in both: a call from there could be either's."""
    shared = set(ours) & set(theirs)
    return min(shared, key=str) if shared else None
