"""Lines of an SDP body and the fields that sessions and media share (RFC 8866, 5)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from voicecore.errors import PeerError

MAX_BYTES = 65_535
MAX_LINES = 1000
MAX_LINE = 4096
REMEMBERED = 1024
"""Texts whose meaning each cache keeps: a phone writes the same lines in every call, all but o= and m=."""
PASSING = frozenset(
    {
        *("ice-ufrag", "ice-pwd", "candidate", "remote-candidates", "fingerprint", "tls-id"),
        *("ssrc", "ssrc-group", "msid"),
    }
)
"""Attributes of one call only: credentials and names that a browser makes anew each time."""
UNREMEMBERED = ("a=crypto:", *(f"a={name}:" for name in sorted(PASSING)))
"""How lines begin that no cache remembers, because they hold a key or will not come again."""
has_unremembered = re.compile(rf"^(?:{'|'.join(UNREMEMBERED)})", re.MULTILINE).search

SHAPES = 256
"""Descriptions that each cache keeps, without o= and ports: phones of one make send one. None is above 64 kB."""

_host_name = re.compile(r"[A-Za-z0-9_.\-]++").fullmatch
has_control = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)").search


class MalformedDescription(PeerError):
    """A body that is no session description. `reason` is fit for a reason phrase."""


class Line(NamedTuple):
    """One `type=value` line."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type}={self.value}\r\n"

    @property
    def is_secret(self) -> bool:
        """Whether it holds a key (RFC 4568): such lines stand apart from all others."""
        return self.type == "a" and self.value.startswith("crypto:")

    @property
    def is_passing(self) -> bool:
        """Whether it is of one call only: such lines stand apart, too."""
        name, colon, _ = self.value.partition(":")
        return self.type == "a" and bool(colon) and name in PASSING


class Sorted(NamedTuple):
    """Lines that may come again in another call, and those that stand apart."""

    lasting: tuple[Line, ...]
    cryptos: tuple[str, ...] = ()
    """Values of a=crypto."""
    passing: tuple[Line, ...] = ()


def sort_lines(lines: Sequence[Line], *, all_lasting: bool) -> Sorted:
    if all_lasting:
        return Sorted(tuple(lines))
    return Sorted(
        tuple(line for line in lines if not (line.is_secret or line.is_passing)),
        tuple(line.value.removeprefix("crypto:").strip() for line in lines if line.is_secret),
        tuple(line for line in lines if line.is_passing),
    )


class Body(NamedTuple):
    """All lines. `all_lasting`: none of them stands apart, as in most calls of phones."""

    lines: list[Line]
    all_lasting: bool


def parse_lines(body: bytes) -> Body:
    """Split a body. Bare LF is taken (RFC 8866, 5), control characters are not; empty lines are skipped."""
    if len(body) > MAX_BYTES:
        raise MalformedDescription("Session description too large", 413)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    if has_control(text):
        raise MalformedDescription("Control character in the session description")
    rows = [row.removesuffix("\r") for row in text.split("\n", MAX_LINES + 1)]
    if len(rows) > MAX_LINES + 1:
        raise MalformedDescription("Too many lines in the session description")
    if has_unremembered(text) is None:
        return Body([_parse_line(row) for row in rows if row], True)
    lines = [_split_line(row) if row.startswith(UNREMEMBERED) else _parse_line(row) for row in rows if row]
    return Body(lines, False)


@lru_cache(maxsize=REMEMBERED)
def _parse_line(row: str) -> Line:
    return _split_line(row)


def _split_line(row: str) -> Line:
    if len(row) > MAX_LINE:
        raise MalformedDescription("Line too long in the session description")
    if row[1:2] != "=" or not row[0].isascii() or not row[0].isalpha():
        raise MalformedDescription("Malformed line in the session description")
    return Line(row[0], row[2:].rstrip())


class Connection(NamedTuple):
    """An address to send media to (`c=`). IPv6 is told by its colon."""

    address: str

    @classmethod
    @lru_cache(maxsize=REMEMBERED)
    def parse(cls, value: str) -> Connection:
        match value.split():
            case [network, kind, address] if network.upper() == "IN":
                return cls(parse_address(kind, address))
            case _:
                raise MalformedDescription("Malformed c= line")

    def __str__(self) -> str:
        return write_address(self.address)

    @property
    def is_null(self) -> bool:
        """Whether it is the old way to ask for hold (RFC 3264, 8.4)."""
        return self.address in ("0.0.0.0", "::")


def parse_address(kind: str, address: str) -> str:
    """An IP literal or host name; a multicast address loses what follows its slash."""
    address = address.partition("/")[0]
    try:
        literal = ipaddress.ip_address(address)
    except ValueError:
        if kind.upper() in ("IP4", "IP6") and ":" not in address and _host_name(address):
            return address.lower()
        raise MalformedDescription("Malformed address in the session description") from None
    if kind.upper() != f"IP{literal.version}" or "%" in address:
        raise MalformedDescription("Malformed address in the session description")
    return address


def of_family(addresses: Sequence[str], other: str) -> str | None:
    """The first of the IP addresses that is of the family of another one: IPv6 is told by its colon."""
    is_ipv6 = ":" in other
    return next((one for one in addresses if (":" in one) is is_ipv6), None)


def write_address(address: str) -> str:
    return f"IN {'IP6' if ':' in address else 'IP4'} {address}"


def parse_number(text: str, limit: int, what: str) -> int:
    """A decimal of at most `limit`."""
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > limit:
        raise MalformedDescription(f"Malformed {what}")
    return int(text)
