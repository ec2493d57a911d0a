"""Whose call comes in: by the address it comes from, or the certificate of its connection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv6Address, ip_address

from voicecore.sip.hop import Hop
from voicecore.trunks.trunk import Network, Trunk, TrunkName


def identify(hop: Hop, certificate_names: Collection[str], trunks: Iterable[Trunk]) -> TrunkName | None:
    """The trunk that a request from `hop` belongs to; None: nobody's, as far as address and certificate say.

    `certificate_names` are those of the verified client certificate, empty without one. A certificate proves
    more than an address, so it goes first; among addresses the narrowest network counts.
    """
    trunks = tuple(trunks)
    names = {name.lower() for name in certificate_names}
    for trunk in trunks:
        if names.intersection(trunk.identification.certificates):
            return trunk.name
    source = ip_address(hop.remote.host.partition("%")[0])
    if isinstance(source, IPv6Address) and source.ipv4_mapped:
        source = source.ipv4_mapped
    matches = [
        (network.prefixlen, trunk.name)
        for trunk in trunks
        for network in trunk.identification.addresses
        if source in network
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def overlap(ours: Iterable[Network], theirs: Iterable[Network]) -> Network | None:
    """A network that stands in both: a call from there could be either's."""
    shared = set(ours) & set(theirs)
    return min(shared, key=str) if shared else None
