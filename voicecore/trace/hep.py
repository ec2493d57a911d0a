"""HEP version 3 (EEP), in which a Homer server takes copies of messages. Pure: values in, bytes out.

A packet is "HEP3", its length, and chunks: vendor (0: generic), type, length, value. Lengths count their own heads.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

from voicecore.sip.hop import RELIABLE, Address, Transport

_GENERIC = 0
_CHUNK_HEAD = 6
_SIP = 1
_AF_INET, _AF_INET6 = 2, 10
_TCP, _UDP = 6, 17
_MILLION = 1_000_000

_FAMILY, _PROTOCOL = 0x0001, 0x0002
_SOURCE_4, _TARGET_4, _SOURCE_6, _TARGET_6 = 0x0003, 0x0004, 0x0005, 0x0006
_SOURCE_PORT, _TARGET_PORT = 0x0007, 0x0008
_SECONDS, _MICROSECONDS = 0x0009, 0x000A
_KIND, _CAPTURE_ID, _AUTH_KEY, _PAYLOAD, _CORRELATION = 0x000B, 0x000C, 0x000E, 0x000F, 0x0011

LONGEST_PAYLOAD = 65_000
"""A longer message is cut: packet and datagram hold 65,507 octets at most."""


class Copy(NamedTuple):
    """One SIP message as it went over the wire. `at` is POSIX time in seconds."""

    at: float
    transport: Transport
    source: Address
    target: Address
    payload: bytes
    correlation: str
    """What a Homer server joins messages by."""


class Agent(NamedTuple):
    """Who sends the copies: a number of the site's own choice, and the key that the server asks for, or none."""

    capture_id: int
    auth_key: str = ""


def packet(copy: Copy, agent: Agent) -> bytes:
    """The copy as one HEP packet. TLS and WebSocket count as TCP: HEP names what lies below."""
    source, target = _packed(copy.source), _packed(copy.target)
    is_4 = len(source) == 4
    seconds, microseconds = divmod(round(copy.at * _MILLION), _MILLION)
    chunks = [
        _octet(_FAMILY, _AF_INET if is_4 else _AF_INET6),
        _octet(_PROTOCOL, _TCP if copy.transport in RELIABLE else _UDP),
        _octets(_SOURCE_4 if is_4 else _SOURCE_6, source),
        _octets(_TARGET_4 if is_4 else _TARGET_6, target),
        _short(_SOURCE_PORT, copy.source.port),
        _short(_TARGET_PORT, copy.target.port),
        _long(_SECONDS, seconds),
        _long(_MICROSECONDS, microseconds),
        _octet(_KIND, _SIP),
        _long(_CAPTURE_ID, agent.capture_id),
        _octets(_CORRELATION, copy.correlation.encode()[:255]),
    ]
    if agent.auth_key:
        chunks.append(_octets(_AUTH_KEY, agent.auth_key.encode()))
    chunks.append(_octets(_PAYLOAD, copy.payload[:LONGEST_PAYLOAD]))
    body = b"".join(chunks)
    return b"HEP3" + struct.pack("!H", 6 + len(body)) + body


def _octet(kind: int, value: int) -> bytes:
    return struct.pack("!HHHB", _GENERIC, kind, _CHUNK_HEAD + 1, value)


def _short(kind: int, value: int) -> bytes:
    return struct.pack("!HHHH", _GENERIC, kind, _CHUNK_HEAD + 2, value)


def _long(kind: int, value: int) -> bytes:
    return struct.pack("!HHHI", _GENERIC, kind, _CHUNK_HEAD + 4, value)


def _octets(kind: int, value: bytes) -> bytes:
    return struct.pack("!HHH", _GENERIC, kind, _CHUNK_HEAD + len(value)) + value


def _packed(address: Address) -> bytes:
    return ipaddress.ip_address(address.host).packed
