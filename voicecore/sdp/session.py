"""A session description: what both sides say about their media (RFC 8866, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from voicecore.octets import shape_of
from voicecore.sdp import media
from voicecore.sdp.line import (
    PASSING,
    SHAPES,
    Connection,
    Line,
    MalformedDescription,
    parse_lines,
    parse_number,
    sort_lines,
    write_address,
)
from voicecore.sdp.media import Direction, MediaDescription

MAX_MEDIA = 32


class Origin(NamedTuple):
    """Who wrote the description, and which edition of it (`o=`)."""

    username: str
    session_id: int
    version: int
    address: str

    @classmethod
    def parse(cls, value: str) -> Origin:
        # Phones write odd addresses here and nothing depends on them, so only the numbers are checked.
        match value.split():
            case [username, session_id, version, _, _, address]:
                limit = (1 << 64) - 1
                return cls(
                    username,
                    parse_number(session_id, limit, "o= line"),
                    parse_number(version, limit, "o= line"),
                    address,
                )
            case _:
                raise MalformedDescription("Malformed o= line")

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {write_address(self.address)}"


class SessionDescription(NamedTuple):
    """A whole description. `lines` are all session lines after v= and o=, known or not, in their order.

    `passing` are those of one call only, which stand apart as in `MediaDescription`.

    >>> text = b"v=0\\r\\no=- 1 1 IN IP4 192.0.2.1\\r\\ns=-\\r\\nc=IN IP4 192.0.2.1\\r\\nt=0 0\\r\\n"
    >>> SessionDescription.parse(text + b"m=audio 4000 RTP/AVP 0\\r\\n").media[0].port
    4000
    """

    origin: Origin
    lines: tuple[Line, ...]
    media: tuple[MediaDescription, ...]
    passing: tuple[Line, ...] = ()

    def __repr__(self) -> str:
        """Without what is of one call only."""
        return f"SessionDescription({self.origin!r}, {self.lines!r}, {self.media!r})"

    @classmethod
    def parse(cls, body: bytes) -> SessionDescription:
        """Read a body. MalformedDescription (a PeerError, 400) says what is wrong with it."""
        return _parse_remembered(body) or cls.parse_anew(body)

    @classmethod
    def parse_anew(cls, body: bytes) -> SessionDescription:
        """The same without a memory of the descriptions before it."""
        lines, all_lasting = parse_lines(body)
        if len(lines) < 2 or lines[0].type != "v" or lines[1].type != "o":
            raise MalformedDescription("Session description does not begin with v= and o=")
        if lines[0].value.strip() != "0":
            raise MalformedDescription("Unknown version of the session description")
        starts = [index for index, line in enumerate(lines) if line.type == "m"]
        if len(starts) > MAX_MEDIA:
            raise MalformedDescription("Too many media descriptions")
        ends = [*starts[1:], len(lines)][: len(starts)]
        # A key means nothing here (RFC 4568, 4).
        session = sort_lines(lines[2 : starts[0] if starts else len(lines)], all_lasting=all_lasting)
        found = cls(
            Origin.parse(lines[1].value),
            session.lasting,
            tuple(
                MediaDescription.parse(
                    lines[start].value, sort_lines(lines[start + 1 : end], all_lasting=all_lasting)
                )
                for start, end in zip(starts, ends, strict=True)
            ),
            session.passing,
        )
        _ = found.connection
        return found

    def to_bytes(self) -> bytes:
        session = media.text_of(self.lines) + "".join(map(str, self.passing))
        return f"v=0\r\no={self.origin}\r\n{session}{''.join(map(str, self.media))}".encode()

    @property
    def connection(self) -> Connection | None:
        """The c= line that holds for media without one of their own."""
        return media.told_by(self.lines).connection

    def connection_of(self, described: MediaDescription) -> Connection | None:
        return described.connection or self.connection

    def direction_of(self, described: MediaDescription) -> Direction:
        """Its own direction, else the session's, else sendrecv (RFC 8866, 6.7)."""
        return described.direction or media.told_by(self.lines).direction or Direction.SENDRECV

    def attribute(self, name: str) -> str | None:
        """The value of the first such session-level a= line: "" for a flag, None when it is not there."""
        return media.attribute(self.passing if name in PASSING else self.lines, name)

    def attributes(self, name: str) -> list[str]:
        """The values of all such session-level a= lines."""
        return media.attributes(self.passing if name in PASSING else self.lines, name)


def _parse_remembered(body: bytes) -> SessionDescription | None:
    """A description that differs from an earlier one in its o= line and its ports only, as those of one phone do.

    None: it is not so plain, be it right or wrong.
    """
    found = shape_of(body)
    if found is None:
        return None
    origin, text, ports = found
    shape = parse_shape(text)
    if shape is None or len(shape.media) != len(ports):
        return None
    return SessionDescription(
        Origin.parse(origin),
        shape.lines,
        tuple([one.at(port) for one, port in zip(shape.media, ports, strict=True)]),
    )


@lru_cache(maxsize=SHAPES)
def parse_shape(text: str) -> SessionDescription | None:
    """What `shape_of` gives, read once; None: it is wrong."""
    try:
        return SessionDescription.parse_anew(f"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n{text}".encode())
    except MalformedDescription:
        return None


def describe(
    origin: Origin, address: str, described: Sequence[MediaDescription], attributes: Sequence[Line] = ()
) -> SessionDescription:
    """A description of ours: one connection for all media, at `address`; no name, no end."""
    lines = (Line("s", "-"), Line("c", write_address(address)), Line("t", "0 0"), *attributes)
    return SessionDescription(origin, lines, tuple(described))
