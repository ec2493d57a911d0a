"""Addresses as From, To, Contact, Route and Record-Route hold them (RFC 3261, 20.10)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from voicecore.errors import PeerError
from voicecore.sip import grammar
from voicecore.sip.grammar import PLAIN_PARAMETERS, PLAIN_PORT, QUOTED, Parameters
from voicecore.sip.uri import Uri

# The common shape in one go, URI included. What it leaves out (escapes, IPv6, passwords) goes the long way.
_plain = re.compile(
    r'(?:"([^"\\\x00-\x1f\x7f-\x9f]*+)"[ \t]*+|([^"<>,;:\\\x00-\x1f\x7f-\x9f]*+))'
    r"<(sips?):(?:([A-Za-z0-9\-_.!~*'()&=+$,;?/]++)@)?+([A-Za-z0-9_.\-]++)"
    rf"(?::({PLAIN_PORT}))?+((?:;[A-Za-z0-9\-_.!~*'()]++(?:=[A-Za-z0-9\-_.!~*'()/:&+$]++)?+){{0,16}}+)"
).fullmatch
_plain_parameters = re.compile(PLAIN_PARAMETERS).fullmatch
# Unquoted display names of real phones go beyond tokens; what could be taken for something else is refused.
_bracketed = re.compile(rf'({QUOTED}[ \t]*+|[^"<>,;:\\]*+)<([^<>]*+)>', re.DOTALL).match
_bare = re.compile(r'([^\s;,?<>"]++)').match


class NameAddr(NamedTuple):
    """A display name ("" when there is none), a URI, and the parameters of the header field.

    >>> NameAddr.parse('"Bob" <sip:bob@example.com>;tag=a1').tag
    'a1'
    """

    display: str
    uri: Uri
    parameters: Parameters = ()

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """Read one address; PeerError says what is wrong with it."""
        address, _, rest = text.rpartition(">")
        # The parameters stand apart: a tag is new in every call, what is before it is not.
        if (plain := _plain_address(address)) is not None and (not rest or _plain_parameters(rest)):
            return cls(plain.display, plain.uri, grammar.split_parameters(rest)) if rest else plain
        return cls._parse_any(text)

    @classmethod
    def _parse_any(cls, text: str) -> NameAddr:
        if match := _bracketed(text):
            display, uri = match.groups()
            parameters = grammar.parse_parameters(text[match.end() :].lstrip(" \t"))
            return cls(_display(display) if display else "", Uri.parse(uri), parameters)
        if "<" in text or text[:1] == '"':
            raise PeerError(_fault(text))
        # RFC 3261, 20.10: without brackets, everything after a semicolon belongs to the header field.
        bare = _bare(text)
        if bare is None:
            raise PeerError("no address")
        rest = text[bare.end() :].strip(" \t")
        if rest[:1] == "?":
            raise PeerError("URI with header fields outside angle brackets")
        return cls("", Uri.parse(bare[1]), grammar.parse_parameters(rest))

    def __str__(self) -> str:
        parameters = grammar.write_parameters(self.parameters)
        if not self.display:
            return f"<{self.uri}>{parameters}"
        return f"{grammar.quote(self.display)} <{self.uri}>{parameters}"

    @property
    def tag(self) -> str | None:
        """The tag of a From or To; None when there is none or it is empty."""
        return grammar.parameter(self.parameters, "tag") or None

    def with_tag(self, tag: str) -> NameAddr:
        """The same address with this tag."""
        return self.with_parameter("tag", tag)

    def with_parameter(self, name: str, value: str | None) -> NameAddr:
        """The same address with one parameter set."""
        return NameAddr(self.display, self.uri, grammar.with_parameter(self.parameters, name, value))

    def without_parameters(self, *names: str) -> NameAddr:
        """The same address without the parameters of these names."""
        parameters = tuple([item for item in self.parameters if item[0] not in names])
        return NameAddr(self.display, self.uri, parameters)

    def parameter(self, name: str) -> str | None:
        """The value of a parameter: "" when it has none, None when it is not there."""
        return grammar.parameter(self.parameters, name)


@lru_cache(maxsize=grammar.REMEMBERED)
def _plain_address(text: str) -> NameAddr | None:
    """Display name and URI, without the closing bracket. None: it goes the long way."""
    match = _plain(text)
    if match is None:
        return None
    quoted, display, scheme, user, host, port, parameters = match.groups()
    known = grammar.split_parameters(parameters) if parameters else ()
    uri = Uri(scheme, user, None, host.lower(), int(port) if port else None, known)
    return NameAddr(quoted or (display.strip(" \t") if display else ""), uri)


def _display(text: str) -> str:
    text = text.strip(" \t")
    if "\\" not in text:
        return text[1:-1] if text[:1] == '"' else text
    return grammar.plain_text(text)


def _fault(text: str) -> str:
    if text.count('"') % 2:
        return "unbalanced quotation mark"
    if ">" not in text:
        return "unbalanced angle bracket"
    return "display name needs quotation marks"
