"""SIP URIs (RFC 3261, 19.1), and other URIs kept whole. Not a resolver."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from voicecore.errors import PeerError
from voicecore.sip import grammar
from voicecore.sip.grammar import HOST, Parameters

_NAME = r"[A-Za-z0-9\-_.!~*'()\[\]/:&+$%]"
_sip = re.compile(
    r"([Ss][Ii][Pp][Ss]?):"
    r"(?:([A-Za-z0-9\-_.!~*'()&=+$,;?/#%]++)(?::([A-Za-z0-9\-_.!~*'()&=+$,%]*+))?+@)?+"
    rf"({HOST})(?::([0-9]++))?+"
    rf"((?:;{_NAME}++(?:={_NAME}++)?+)*+)"
    r"(?:\?([A-Za-z0-9\-_.!~*'()\[\]/?:+$=&%]*+))?+"
).fullmatch
_opaque = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):([^\s<>\"\x00-\x1f\x7f-\x9f]++)").fullmatch
_starts_sip = re.compile("[Ss][Ii][Pp][Ss]?:").match
_escape = re.compile("%[0-9A-Fa-f]{2}")
_bad_escape = re.compile("%(?![0-9A-Fa-f]{2})").search
_subscriber = re.compile(r"(\+?[0-9A-Fa-f*#.()\-]++)(?:;.*+)?+").fullmatch
_separators = re.compile(r"[.()\-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()")
# RFC 3261, 19.1.4: these may not stand in one URI alone; transport is in its list of unequal examples.
_BOTH_OR_NEITHER = ("user", "ttl", "method", "maddr", "transport")


class Uri(NamedTuple):
    """A SIP or SIPS URI, or any other URI with its text in `opaque`.

    `user`, `password` and the parameters hold no needless escapes: `%75ser` is read as `user`, while
    reserved and control characters stay escaped (`%40`, `%00`), so that text is safe to show and to compare.
    `host` is in lower case, an IPv6 literal without its brackets. `headers` is the raw text after `?`.

    >>> uri = Uri.parse("sip:1000@[2001:db8::1]:5070;transport=udp")
    >>> uri.user, uri.host, uri.port, uri.parameter("transport")
    ('1000', '2001:db8::1', 5070, 'udp')
    """

    scheme: str
    user: str | None = None
    password: str | None = None
    host: str = ""
    port: int | None = None
    parameters: Parameters = ()
    headers: str = ""
    opaque: str = ""

    @classmethod
    @lru_cache(maxsize=grammar.REMEMBERED)
    def parse(cls, text: str) -> Uri:
        """Read one URI; PeerError says what is wrong with it."""
        match = _sip(text)
        if match is None:
            return _parse_opaque(text)
        scheme, user, password, host, port, parameters, headers = match.groups()
        if "%" in text or "#" in text:
            if _bad_escape(text):
                raise PeerError("malformed escape")
            user, password, parameters = _plain(user), _plain(password), _plain(parameters) or ""
        return cls(
            scheme.lower(),
            user,
            password,
            grammar.parse_host(host),
            grammar.parse_port(port) if port else None,
            _parse_parameters(parameters) if parameters else (),
            headers or "",
        )

    def __str__(self) -> str:
        if self.opaque:
            return f"{self.scheme}:{self.opaque}"
        secret = "" if self.password is None else f":{self.password}"
        userinfo = "" if self.user is None else f"{self.user}{secret}@"
        headers = f"?{self.headers}" if self.headers else ""
        place = grammar.write_host_port(self.host, self.port)
        return f"{self.scheme}:{userinfo}{place}{grammar.write_parameters(self.parameters)}{headers}"

    @property
    def is_sip(self) -> bool:
        """Whether it is a SIP or SIPS URI, the only ones that can be sent to."""
        return self.scheme in ("sip", "sips")

    @property
    def dialled(self) -> str:
        """The user with every escape undone, as a person typed it; it may hold control characters."""
        return unquote_to_bytes(self.user or "").decode(errors="replace")

    @property
    def number(self) -> str:
        """Whom it names, as dialled and listed: `#31#` for `%2331%23`. Text with blanks or controls stays escaped.

        Of a telephone number, in a tel URI or in place of a user, without parameters and visual separators
        (RFC 3966, 3; RFC 3261, 19.1.6).

        >>> Uri.parse("tel:+44-1632-960123").number, Uri.parse("sip:+441632960123;npdi@192.0.2.1").number
        ('+441632960123', '+441632960123')
        """
        user = self.opaque if self.scheme == "tel" else self.user or ""
        if "%" in user:
            plain = unquote_to_bytes(user).decode(errors="replace")
            user = plain if plain.isprintable() and " " not in plain else user
        if self.scheme != "tel" and ";" not in user:
            return user
        subscriber = _subscriber(user)
        return user if subscriber is None else _separators.sub("", subscriber[1])

    def parameter(self, name: str) -> str | None:
        """The value of a parameter: "" when it has none (`;lr`), None when it is not there."""
        return grammar.parameter(self.parameters, name)

    def with_parameter(self, name: str, value: str | None) -> Uri:
        """The same URI with one parameter set."""
        parameters = grammar.with_parameter(self.parameters, name, value)
        return Uri(self.scheme, self.user, self.password, self.host, self.port, parameters, self.headers)

    def matches(self, other: Uri) -> bool:
        """Whether both name the same resource (RFC 3261, 19.1.4)."""
        if not self.is_sip or not other.is_sip:
            return self.scheme == other.scheme and self.opaque == other.opaque
        return (
            (self.scheme, self.user, self.password, self.port)
            == (other.scheme, other.user, other.password, other.port)
            and _same_host(self.host, other.host)
            and _same_parameters(dict(self.parameters), dict(other.parameters))
            and _header_set(self.headers) == _header_set(other.headers)
        )


def _parse_opaque(text: str) -> Uri:
    match = _opaque(text)
    # Invisible characters of other scripts are in no grammar of a URI, and hide in a log.
    if match is None or _starts_sip(text) or not text.isprintable():
        raise PeerError(_fault(text))
    return Uri(match[1].lower(), opaque=match[2])


def _fault(text: str) -> str:
    if " " in text or "\t" in text:
        return "space inside the URI"
    if "<" in text or ">" in text:
        return "angle bracket in the URI"
    return "malformed URI"


def _plain(text: str | None) -> str | None:
    """Undo the escapes of unreserved characters, and write the others in one way (RFC 3261, 19.1.4)."""
    return _escape.sub(_plain_escape, text.replace("#", "%23")) if text else text


def _plain_escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _parse_parameters(text: str) -> Parameters:
    if text.count(";") > grammar.MAX_PARAMETERS:
        raise PeerError("too many parameters")
    return grammar.split_parameters(text)


def _same_host(ours: str, theirs: str) -> bool:
    # RFC 5954, 3.2: one IPv6 address in two spellings is one host.
    if ":" in ours and ":" in theirs:
        return ipaddress.IPv6Address(ours) == ipaddress.IPv6Address(theirs)
    return ours == theirs


def _same_parameters(ours: dict[str, str | None], theirs: dict[str, str | None]) -> bool:
    if any((name in ours) != (name in theirs) for name in _BOTH_OR_NEITHER):
        return False
    return all(
        (ours[name] or "").lower() == (theirs[name] or "").lower() for name in ours.keys() & theirs.keys()
    )


def _header_set(headers: str) -> list[str]:
    return sorted(headers.lower().split("&")) if headers else []
