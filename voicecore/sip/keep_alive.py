"""Keep-alives on the UDP port of SIP (RFC 5626, 3.5.2 and 4.4.2): empty datagrams, and STUN (RFC 8489)."""

from __future__ import annotations

import ipaddress
import struct

from voicecore.sip.hop import Address

STREAM_PING = b"\r\n\r\n"
STREAM_PONG = b"\r\n"
DATAGRAM_PING = b"\r\n"

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_RESPONSE, BINDING_ERROR = 0x0001, 0x0101, 0x0111
XOR_MAPPED_ADDRESS, ERROR_CODE, UNKNOWN_ATTRIBUTES = 0x0020, 0x0009, 0x000A

# Attributes that a receiver must understand (RFC 8489, 18.3.1): of those, what a binding request may carry.
# Keep-alives are not authenticated (RFC 5626, 8), so credentials are passed over.
_UNDERSTOOD = frozenset({0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E})
_FIRST_OPTIONAL = 0x8000
_header = struct.Struct("!HHI12s")
_attribute = struct.Struct("!HH")
_MAX_UNKNOWN = 16


def is_blank(datagram: bytes) -> bool:
    """Whether a datagram only keeps a NAT open and wants no answer."""
    return not datagram.strip(b"\r\n\0")


def is_stun(datagram: bytes) -> bool:
    """No SIP message begins with these bits (RFC 8489, 5; RFC 5626, 8)."""
    return len(datagram) >= _header.size and datagram[0] < 4 and datagram[4:8] == b"\x21\x12\xa4\x42"


def stun_answer(datagram: bytes, source: Address) -> bytes | None:
    """The response to a binding request from `source`; None for everything else, which is dropped."""
    if not is_stun(datagram):
        return None
    kind, length, _, transaction = _header.unpack_from(datagram)
    if kind != BINDING_REQUEST or length % 4 or length != len(datagram) - _header.size:
        return None
    unknown = _unknown_attributes(datagram)
    if unknown is None:
        return None
    if not unknown:
        mapped = _xor_mapped(source, datagram[4:20])
        return _message(BINDING_RESPONSE, transaction, _written(XOR_MAPPED_ADDRESS, mapped))
    listed = struct.pack(f"!{len(unknown)}H", *unknown)
    attributes = _written(ERROR_CODE, b"\0\0\x04\x14Unknown Attribute") + _written(UNKNOWN_ATTRIBUTES, listed)
    return _message(BINDING_ERROR, transaction, attributes)


def mapped_address(response: bytes) -> Address | None:
    """Our address as the peer saw it, of a binding response; None when it says none."""
    if not is_stun(response) or _header.unpack_from(response)[0] != BINDING_RESPONSE:
        return None
    place = _header.size
    while place + _attribute.size <= len(response):
        kind, length = _attribute.unpack_from(response, place)
        value = response[place + _attribute.size :][:length]
        if kind == XOR_MAPPED_ADDRESS and len(value) in (8, 20):
            port = int.from_bytes(value[2:4]) ^ MAGIC_COOKIE >> 16
            host = bytes(a ^ b for a, b in zip(value[4:], response[4:20], strict=False))
            return Address(str(ipaddress.ip_address(host)), port)
        place += _attribute.size + length + -length % 4
    return None


def _unknown_attributes(datagram: bytes) -> list[int] | None:
    """Those that we would have to understand; None when the attributes do not fill the message exactly."""
    unknown: list[int] = []
    place = _header.size
    while place < len(datagram):
        kind, length = _attribute.unpack_from(datagram, place)
        place += _attribute.size + length + -length % 4
        if place > len(datagram):
            return None
        if kind < _FIRST_OPTIONAL and kind not in _UNDERSTOOD and len(unknown) < _MAX_UNKNOWN:
            unknown.append(kind)
    return unknown


def _xor_mapped(source: Address, cookie_and_transaction: bytes) -> bytes:
    """RFC 8489, 14.2: xored so that no NAT on the way rewrites it."""
    host = ipaddress.ip_address(source.host.partition("%")[0]).packed
    port = source.port ^ MAGIC_COOKIE >> 16
    hidden = bytes(a ^ b for a, b in zip(host, cookie_and_transaction, strict=False))
    return struct.pack("!BBH", 0, 1 if len(host) == 4 else 2, port) + hidden


def _written(kind: int, value: bytes) -> bytes:
    return _attribute.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _message(kind: int, transaction: bytes, attributes: bytes) -> bytes:
    return _header.pack(kind, len(attributes), MAGIC_COOKIE, transaction) + attributes
