"""Sets of option tags, methods and event packages: Supported, Require, Allow and their like."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip.grammar import is_token
from voicecore.sip.headers import Headers


def options_of(headers: Headers, name: str) -> frozenset[str]:
    """The option tags in Supported, Require, Proxy-Require or Unsupported, in lower case.

    PeerError when one is no token.
    """
    return frozenset([tag.lower() for tag in _tokens(headers, name)])


def methods_of(headers: Headers) -> frozenset[str] | None:
    """The methods in Allow; None where there is no Allow, which says nothing (RFC 3261, 20.5)."""
    return frozenset(_tokens(headers, "Allow")) if "Allow" in headers else None


def packages_of(headers: Headers) -> frozenset[str]:
    """The event packages in Allow-Events (RFC 6665, 8.2.2)."""
    return frozenset(_tokens(headers, "Allow-Events"))


def _tokens(headers: Headers, name: str) -> tuple[str, ...]:
    values = headers.all(name)
    if not all(map(is_token, values)):
        raise PeerError(f"Malformed {name}")
    return values
