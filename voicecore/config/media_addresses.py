"""Which addresses audio comes to and goes from: one of ours for each family of IP, and what peers are told."""

from __future__ import annotations

import ipaddress

from voicecore.config.fields import Fields, described
from voicecore.config.settings import Listen
from voicecore.config.sip_reading import is_ip
from voicecore.sdp.line import of_family

LOOPBACK = "127.0.0.1"
_BOTH = '["192.0.2.10", "2001:db8::10"]'


def media_addresses_of(table: Fields, listen: tuple[Listen, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Our own, and the public ones. Where none is named: those at which SIP listens, the first of each family."""
    default = _heard_at(listen)
    addresses = _named(table, "address", "Write one that phones can send audio to, or two") or default
    public = _named(table, "public_address", "Write what the NAT in front shows to phones")
    for one in public:
        if of_family(addresses, one) is None:
            problem = f"{one} leads nowhere: no address is of its family"
            table.fault("public_address", problem, f"Name one of each family: address = {_BOTH}")
    return addresses, public


def _heard_at(listen: tuple[Listen, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for one in listen:
        if of_family(found, one.address) is None and not ipaddress.ip_address(one.address).is_unspecified:
            found.append(one.address)
    return tuple(found) or (LOOPBACK,)


def _named(table: Fields, name: str, remedy: str) -> tuple[str, ...]:
    """One, or a list of one for each family; empty when it is not there, or wrong."""
    if not table.has(name):
        return ()
    found: list[str] = []
    for value in table.one_or_more(name):
        if not isinstance(value, str) or not is_ip(value):
            table.fault(name, f"{described(value)} is no IP address", remedy)
        elif ipaddress.ip_address(value).is_unspecified:
            table.fault(name, f"{value} is no address that a phone can send to", remedy)
        elif of_family(found, value) is not None:
            table.fault(name, f"{value} is the second one of its family", f"Name one of each: {_BOTH}")
        else:
            found.append(value)
    return tuple(found)
