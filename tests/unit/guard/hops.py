"""Hops for the guard's tests: to us, from an address of the documentation networks."""

from __future__ import annotations

from voicecore.sip.hop import Address, Hop, Transport

OURS = Address("192.0.2.1", 5060)


def hop_from(host: str, transport: Transport = "UDP", port: int = 5060) -> Hop:
    return Hop(transport, OURS, Address(host, port))
