"""A reader of HEP packets for the tests, written from the description of the format, not from our writer."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HepPacket:
    family: int
    protocol: int
    source: str
    target: str
    ports: tuple[int, int]
    microseconds: int
    kind: int
    capture_id: int
    payload: bytes
    correlation: str
    auth_key: str | None


def read(data: bytes) -> HepPacket:
    """Raises AssertionError for what is not one whole packet."""
    assert data[:4] == b"HEP3"
    assert int.from_bytes(data[4:6], "big") == len(data)
    chunks: dict[int, bytes] = {}
    at = 6
    while at < len(data):
        vendor, kind, length = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (0, 2, 4))
        assert vendor == 0
        assert kind not in chunks
        assert 6 <= length <= len(data) - at
        chunks[kind] = data[at + 6 : at + length]
        at += length
    numbers = {kind: int.from_bytes(value, "big") for kind, value in chunks.items()}
    sizes = {1: 1, 2: 1, 7: 2, 8: 2, 9: 4, 10: 4, 11: 1, 12: 4}
    assert all(len(chunks[kind]) == size for kind, size in sizes.items())
    source, target = (3, 4) if numbers[1] == 2 else (5, 6)
    key = chunks.get(14)
    return HepPacket(
        family=numbers[1],
        protocol=numbers[2],
        source=str(ipaddress.ip_address(chunks[source])),
        target=str(ipaddress.ip_address(chunks[target])),
        ports=(numbers[7], numbers[8]),
        microseconds=numbers[9] * 1_000_000 + numbers[10],
        kind=numbers[11],
        capture_id=numbers[12],
        payload=chunks[15],
        correlation=chunks[17].decode(),
        auth_key=None if key is None else key.decode(),
    )
