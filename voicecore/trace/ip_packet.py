"""IP packets around SIP messages, as they may have been on the wire: addresses, ports and checksums are right.

Only the message itself was seen by us; what is around it is made up so that readers of captures have something to
hold on to. RFC 791, 8200 (IP), 768 (UDP), 9293 (TCP).
"""

from __future__ import annotations

import ipaddress
import struct

from voicecore.sip.hop import Address

UDP, TCP = 17, 6
LONGEST = 65_000
"""Octets of a message in one packet: with all headers it stays below the 65,535 of an IP packet."""

_HOPS = 64
_PUSH_ACK = 0x18
_WINDOW = 65_535


def udp(source: Address, target: Address, payload: bytes) -> bytes:
    """One datagram in one IP packet."""
    head = struct.pack("!HHHH", source.port, target.port, 8 + len(payload), 0)
    # RFC 768: a checksum of zero is sent as all ones.
    total = _transport_checksum(source, target, UDP, head + payload) or 0xFFFF
    return _ip(source, target, UDP, head[:6] + struct.pack("!H", total) + payload)


def tcp(source: Address, target: Address, sequence: int, acknowledged: int, payload: bytes) -> bytes:
    """One segment in one IP packet. The numbers are those of the first octet sent and of the next one awaited."""
    head = struct.pack(
        "!HHIIBBHHH",
        *(source.port, target.port, sequence, acknowledged),
        *(5 << 4, _PUSH_ACK, _WINDOW, 0, 0),
    )
    total = _transport_checksum(source, target, TCP, head + payload)
    return _ip(source, target, TCP, head[:16] + struct.pack("!H", total) + head[18:] + payload)


def _ip(source: Address, target: Address, protocol: int, payload: bytes) -> bytes:
    ours, theirs = _packed(source), _packed(target)
    if len(ours) == 16:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, _HOPS) + ours + theirs + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, _HOPS, protocol, 0)
    total = checksum(head + ours + theirs)
    return head[:10] + struct.pack("!H", total) + ours + theirs + payload


def _transport_checksum(source: Address, target: Address, protocol: int, segment: bytes) -> int:
    """Over the pseudo header too (RFC 768; RFC 8200, 8.1), whose fields add up alike in IPv4 and IPv6."""
    pseudo = struct.pack("!II", len(segment), protocol)
    return checksum(_packed(source) + _packed(target) + pseudo + segment)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): the complement of the ones' complement sum of 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    # The sum of the words modulo 0xFFFF is that of the whole number: 0x10000 leaves the rest 1.
    rest = int.from_bytes(data, "big") % 0xFFFF
    return 0 if rest == 0 and any(data) else 0xFFFF - rest


def _packed(address: Address) -> bytes:
    return ipaddress.ip_address(address.host).packed
