"""Writes the pcapng file format (draft-ietf-opsawg-pcapng): one section, one interface of bare IP packets."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_SECTION_HEADER, _INTERFACE, _ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
_BYTE_ORDER = 0x1A2B3C4D
_UNKNOWN_LENGTH = -1
_RAW_IP = 101
"""LINKTYPE_RAW: the packet begins with its IPv4 or IPv6 header."""

_COMMENT, _PROGRAM, _RESOLUTION, _FLAGS = 1, 4, 9, 2
_MICROSECONDS = b"\x06"
_LONGEST_OPTION = 65_535


@dataclass(frozen=True, slots=True)
class Packet:
    """An IP packet, when it was seen, and whether it came to us. Times before 1970 cannot be written."""

    at: datetime
    data: bytes
    received: bool
    comment: str


def pcapng(packets: Iterable[Packet], *, program: str, comment: str) -> bytes:
    """A whole file, all numbers in little-endian order."""
    section = struct.pack("<IHHq", _BYTE_ORDER, 1, 0, _UNKNOWN_LENGTH)
    interface = struct.pack("<HHI", _RAW_IP, 0, 0)  # a snap length of zero: nothing was cut off
    blocks = [
        _block(_SECTION_HEADER, section, [(_COMMENT, comment.encode()), (_PROGRAM, program.encode())]),
        _block(_INTERFACE, interface, [(_RESOLUTION, _MICROSECONDS)]),
        *map(_packet, packets),
    ]
    return b"".join(blocks)


def _packet(packet: Packet) -> bytes:
    moment = (packet.at - _EPOCH) // _MICROSECOND
    size = len(packet.data)
    head = struct.pack("<IIIII", 0, moment >> 32, moment & 0xFFFFFFFF, size, size)
    direction = struct.pack("<I", 1 if packet.received else 2)
    options = [(_COMMENT, packet.comment.encode()), (_FLAGS, direction)]
    return _block(_ENHANCED_PACKET, head + _padded(packet.data), options)


def _block(kind: int, body: bytes, options: Iterable[tuple[int, bytes]]) -> bytes:
    content = body + b"".join(_option(code, value[:_LONGEST_OPTION]) for code, value in options) + bytes(4)
    length = 12 + len(content)
    return struct.pack("<II", kind, length) + content + struct.pack("<I", length)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
