"""Pieces that all SIP header values are made of (RFC 3261, 25.1): tokens, quoted strings, parameters, hosts.

Every expression here is possessive, so a value is read once from left to right and never again. The values
built from them are NamedTuples: a message makes a dozen, and a frozen dataclass costs twice as much to make.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from voicecore.errors import PeerError

Parameters = tuple[tuple[str, str | None], ...]
"""Parameters in their order: name in lower case, value as written (quotes kept) or None."""

MAX_PARAMETERS = 64
MAX_LIST = 100
REMEMBERED = 1024
"""Texts whose meaning each cache keeps: the messages of a call, and the calls of a phone, repeat them."""

_LONGEST_IPV6 = 45  # with an IPv4 address at its end

_q = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?").fullmatch
TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]"
QUOTED = r'"(?:[^"\\]|\\.)*+"'
HOST = r"\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9_.\-]++"

DATE = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"[0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT"
)

PLAIN_PORT = "[1-5][0-9]{4}|6[0-4][0-9]{3}|[1-9][0-9]{0,3}"
PLAIN_PARAMETERS = rf'(?:;{TOKEN}++(?:=[^\s;,"<>]++)?+){{0,16}}+'
"""What nearly every message holds; values of only such parts are read by one expression each."""

is_token = re.compile(f"{TOKEN}++").fullmatch
_plain_parameters = re.compile(rf'(?:;{TOKEN}++(?:=[^\s;,"<>]++)?+)++').fullmatch
_parameter = re.compile(
    rf'[ \t]*+;[ \t]*+({TOKEN}++)(?:[ \t]*+=[ \t]*+({QUOTED}|[^\s;,"<>]++))?+[ \t]*+', re.DOTALL
).match
_list_item = re.compile(rf'(?:[^",<]++|{QUOTED}|<[^>]*+>)*+', re.DOTALL).match
_bare_value = re.compile(r"([^\s;,<>\"]++)[ \t]*+").match
_control = re.compile("[\x00-\x1f\x7f-\x9f]")
_quoted_pair = re.compile(r"\\(.)", re.DOTALL)


def parse_parameters(text: str) -> Parameters:
    """Read `;name=value;name`, all of it."""
    if not text:
        return ()
    if text.count(";") > MAX_PARAMETERS:
        raise PeerError("too many parameters")
    return split_parameters(text) if _plain_parameters(text) else _parse_spaced_parameters(text)


def split_parameters(text: str) -> Parameters:
    """Take apart what is known to be `;name=value;name` without spaces and quotes."""
    found: list[tuple[str, str | None]] = []
    for part in text[1:].split(";"):
        name, _, value = part.partition("=")
        found.append((name.lower(), value or None))
    return tuple(found)


def _parse_spaced_parameters(text: str) -> Parameters:
    found: list[tuple[str, str | None]] = []
    position = 0
    while position < len(text):
        match = _parameter(text, position)
        if match is None:
            raise PeerError("malformed parameter")
        found.append((match[1].lower(), match[2]))
        position = match.end()
    return tuple(found)


def write_parameters(parameters: Parameters) -> str:
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in parameters])


def parameter(parameters: Parameters, name: str) -> str | None:
    """The value of the first parameter of that name: "" when it has none, None when it is not there."""
    for key, value in parameters:
        if key == name:
            return value or ""
    return None


def with_parameter(parameters: Parameters, name: str, value: str | None) -> Parameters:
    """The same parameters with this one set: in its old place, or at the end."""
    if any(key == name for key, _ in parameters):
        return tuple([(key, value if key == name else old) for key, old in parameters])
    return (*parameters, (name, value))


def split_list(value: str) -> list[str]:
    """The items of a comma-separated list; commas inside quotes and angle brackets do not count.

    What follows an unbalanced quote or bracket is one item, for its own parser to refuse.
    """
    if '"' not in value and "<" not in value:
        return [item for part in value.split(",") if (item := part.strip(" \t"))]
    items: list[str] = []
    start = 0
    while start < len(value):
        match = _list_item(value, start)
        end = match.end() if match else start
        if end < len(value) and value[end] != ",":
            end = len(value)
        items.append(value[start:end].strip(" \t"))
        start = end + 1
    return [item for item in items if item]


def unquote(text: str) -> str:
    """The meaning of a quoted string: quotes and backslashes taken off. Other text is returned as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    return _quoted_pair.sub(r"\1", inner) if "\\" in inner else inner


def quote(text: str) -> str:
    """Text as a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain_text(text: str) -> str:
    """What a quoted string or token says to people: unquoted, and without control characters.

    A quoted pair may hold one (RFC 3261, 25.1); nothing above this room has use for it.
    """
    return _control.sub("", unquote(text))


def parse_q(text: str) -> float | None:
    """A preference between 0 and 1 with at most three decimals (RFC 3261, 25.1: qvalue); None: it is none."""
    return float(text) if _q(text) else None


def parse_number(text: str, name: str) -> int:
    """A number of 0 to 2**32 - 1, as seconds and counters are (RFC 3261, 25.1). `name` is whose fault it is."""
    # Lengths first: a huge number is slow to convert.
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or (number := int(text)) >= 1 << 32:
        raise PeerError(f"Malformed {name}")
    return number


def parse_value(text: str, name: str) -> tuple[str, Parameters]:
    """Read `value;parameters`, where the value holds no space, quote or comma. `name` is whose fault it is."""
    match = _bare_value(text)
    if match is None:
        raise PeerError(f"Malformed {name}")
    try:
        return match[1], parse_parameters(text[match.end() :].strip(" \t"))
    except PeerError:
        raise PeerError(f"Malformed {name}") from None


def parse_host(text: str) -> str:
    """A host in lower case; an IPv6 literal loses its brackets (RFC 5118, 4.5 sees both in `received`)."""
    if text[0] != "[":
        return text.lower()
    return _parse_ipv6(text[1:-1].lower())


@lru_cache(maxsize=REMEMBERED)
def _parse_ipv6(text: str) -> str:
    # RFC 3261's grammar asks for three colons before an embedded IPv4 address by mistake (RFC 5954, 3.1).
    literal = text.replace(":::", "::")
    if len(literal) > _LONGEST_IPV6:
        raise PeerError("malformed IPv6 address")
    try:
        ipaddress.IPv6Address(literal)
    except ValueError:
        raise PeerError("malformed IPv6 address") from None
    return literal


def parse_port(text: str | None) -> int | None:
    if text is None:
        return None
    port = int(text) if len(text) <= 5 else 0
    if not 0 < port < 65536:
        raise PeerError("port out of range")
    return port


def write_host_port(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"
