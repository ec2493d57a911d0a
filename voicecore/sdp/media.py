"""One media description: an m= line and what stands under it (RFC 8866, 5.14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, Self

from voicecore.sdp.line import (
    PASSING,
    REMEMBERED,
    SHAPES,
    Connection,
    Line,
    MalformedDescription,
    Sorted,
    parse_address,
    parse_number,
)

MAX_PORT = 65535


class Direction(Enum):
    """Which way media flows, seen from whoever wrote the description (RFC 8866, 6.7)."""

    __hash__ = object.__hash__  # that of `Enum` is written in Python

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def reversed(self) -> Direction:
        """The same flow seen from the other side."""
        return direction_of(sends=self.receives, receives=self.sends)


def direction_of(*, sends: bool, receives: bool) -> Direction:
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


_DIRECTIONS = {direction.value: direction for direction in Direction}


class RtpMap(NamedTuple):
    """What a payload type means (RFC 8866, 6.6). `encoding` as written; names are compared blind to case."""

    payload_type: int
    encoding: str
    clock_rate: int
    channels: int = 1


class MediaDescription(NamedTuple):
    """An m= section. `lines` are all lines under the m= line, known or not, in their order, but for what passes.

    `cryptos` are the values of a=crypto (RFC 4568), and `passing` the lines that are of one call only: apart, so
    that no cache of lines remembers a key or fills with what will not come again.
    """

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    port_count: int = 1
    cryptos: tuple[str, ...] = ()
    passing: tuple[Line, ...] = ()

    def __repr__(self) -> str:
        """Without keys, and what is of one call only."""
        told = (self.media, self.port, self.protocol, self.formats, self.lines, self.port_count)
        return f"MediaDescription{told}"

    @classmethod
    def parse(cls, value: str, lines: Sorted) -> Self:
        """Read the value of an m= line and the lines under it; PeerError says what is wrong."""
        parts = value.split()
        if len(parts) < 4:
            raise MalformedDescription("Malformed m= line")
        port, _, count = parts[1].partition("/")
        found = cls(
            parts[0].lower(),
            parse_number(port, MAX_PORT, "port in the m= line"),
            parts[2],
            tuple(parts[3:]),
            lines.lasting,
            parse_number(count or "1", 65535, "port in the m= line"),
            lines.cryptos,
            lines.passing,
        )
        found._check()
        return found

    def at(self, port: int) -> MediaDescription:
        """The same at another port."""
        return MediaDescription(
            self.media,
            port,
            self.protocol,
            self.formats,
            self.lines,
            self.port_count,
            self.cryptos,
            self.passing,
        )

    def _check(self) -> None:
        """Read what is read later, so that a parsed description raises no more."""
        told_by(self.lines)
        if self.media == "audio":
            rtp_maps(self.lines)

    def __str__(self) -> str:
        count = "" if self.port_count == 1 else f"/{self.port_count}"
        return f"m={self.media} {self.port}{count} {self.protocol} {' '.join(self.formats)}\r\n" + (
            text_of(self.lines)
            + "".join(f"a=crypto:{value}\r\n" for value in self.cryptos)
            + "".join(map(str, self.passing))
        )

    @property
    def connection(self) -> Connection | None:
        """Its own c= line; without one the session's holds."""
        return told_by(self.lines).connection

    def attribute(self, name: str) -> str | None:
        """The value of the first such a= line: "" for a flag, None when it is not there."""
        return attribute(self.passing if name in PASSING else self.lines, name)

    def attributes(self, name: str) -> list[str]:
        """The values of all such a= lines."""
        return attributes(self.passing if name in PASSING else self.lines, name)

    @property
    def direction(self) -> Direction | None:
        return told_by(self.lines).direction

    @property
    def rtcp(self) -> tuple[int, str | None] | None:
        """Port, and address if one is given, of `a=rtcp` (RFC 3605)."""
        return told_by(self.lines).rtcp

    @property
    def rtcp_mux(self) -> bool:
        """Whether RTCP may share the port (RFC 5761, 5.1.1)."""
        return told_by(self.lines).rtcp_mux

    @property
    def packet_time(self) -> float | None:
        """`ptime` in milliseconds; None when absent or not a number (RFC 8866, 6.4)."""
        return told_by(self.lines).packet_time

    @property
    def max_packet_time(self) -> float | None:
        """`maxptime` likewise."""
        return told_by(self.lines).max_packet_time


class Told(NamedTuple):
    """What the lines of a session or under an m= line say; each None where they do not."""

    connection: Connection | None
    rtcp: tuple[int, str | None] | None
    direction: Direction | None
    packet_time: float | None
    max_packet_time: float | None
    rtcp_mux: bool
    """Never None: a flag."""


@lru_cache(maxsize=SHAPES)
def told_by(lines: tuple[Line, ...]) -> Told:
    """Read once for all descriptions with the same lines. MalformedDescription for a bad c= or a=rtcp."""
    connection = next((line.value for line in lines if line.type == "c"), None)
    return Told(
        None if connection is None else Connection.parse(connection),
        _rtcp(attribute(lines, "rtcp")),
        next(
            (_DIRECTIONS[line.value] for line in lines if line.type == "a" and line.value in _DIRECTIONS),
            None,
        ),
        _milliseconds(attribute(lines, "ptime")),
        _milliseconds(attribute(lines, "maxptime")),
        attribute(lines, "rtcp-mux") is not None,
    )


@lru_cache(maxsize=SHAPES)
def text_of(lines: tuple[Line, ...]) -> str:
    return "".join(map(str, lines))


def _rtcp(value: str | None) -> tuple[int, str | None] | None:
    if value is None:
        return None
    match value.split():
        case [port]:
            return parse_number(port, 65535, "a=rtcp"), None
        case [port, _, kind, address]:
            return parse_number(port, 65535, "a=rtcp"), parse_address(kind, address)
        case _:
            raise MalformedDescription("Malformed a=rtcp")


def _milliseconds(text: str | None) -> float | None:
    value = (text or "").strip()
    whole, _, fraction = value.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 5):
        return None
    return float(value) if not fraction or (fraction.isascii() and fraction.isdigit()) else None


def attribute(lines: Sequence[Line], name: str) -> str | None:
    return next(iter(attributes(lines, name)), None)


def attributes(lines: Sequence[Line], name: str) -> list[str]:
    found: list[str] = []
    for line in lines:
        if line.type == "a":
            key, _, value = line.value.partition(":")
            if key == name:
                found.append(value.strip())
    return found


@lru_cache(maxsize=SHAPES)
def rtp_maps(lines: tuple[Line, ...]) -> Mapping[int, RtpMap]:
    """Every a=rtpmap by payload type; the first of two counts."""
    maps: dict[int, RtpMap] = {}
    values = attributes(lines, "rtpmap")
    if len(values) > 128:
        raise MalformedDescription("Too many a=rtpmap")
    for value in values:
        found = _parse_rtpmap(value)
        maps.setdefault(found.payload_type, found)
    return maps


@lru_cache(maxsize=REMEMBERED)
def _parse_rtpmap(value: str) -> RtpMap:
    parts = value.split(None, 1)
    encoding = parts[1].split("/") if len(parts) == 2 else []
    if len(encoding) not in (2, 3) or not encoding[0]:
        raise MalformedDescription("Malformed a=rtpmap")
    return RtpMap(
        parse_number(parts[0], 127, "a=rtpmap"),
        encoding[0],
        parse_number(encoding[1].strip(), 1 << 31, "a=rtpmap"),
        parse_number(encoding[2].strip(), 255, "a=rtpmap") if len(encoding) == 3 else 1,
    )
