"""Contact as a registrar reads it, with Expires and Min-Expires (RFC 3261, 10.3, 20.10 and 20.19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import MAX_LIST, parse_number, parse_q
from voicecore.sip.headers import Headers
from voicecore.sip.name_addr import NameAddr

DEFAULT_EXPIRES = 3600
"""Seconds: what a malformed value means (RFC 3261, 20.10 and 20.19)."""


@dataclass(frozen=True, slots=True)
class Binding:
    """An address that requests may be sent to, with its preference 0.0 to 1.0 and its life in seconds.

    `address` holds the other parameters of the header field (`+sip.instance`, `reg-id`).
    """

    address: NameAddr
    q: float | None = None
    expires: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value of Contact; PeerError when it is malformed."""
        address = NameAddr.parse(text)
        text = address.parameter("q")
        q = None if text is None else parse_q(text)
        if text is not None and q is None:
            raise PeerError("Malformed q of a Contact")
        expires = address.parameter("expires")
        return cls(
            address.without_parameters("q", "expires"),
            q,
            None if expires is None else _seconds(expires),
        )

    def __str__(self) -> str:
        address = self.address
        if self.q is not None:
            address = address.with_parameter("q", f"{self.q:.3f}".rstrip("0").rstrip("."))
        if self.expires is not None:
            address = address.with_parameter("expires", str(self.expires))
        return str(address)


def bindings_of(headers: Headers) -> tuple[Binding, ...] | None:
    """Every Contact of a REGISTER or its answer; None for `*`, which means all that there are.

    PeerError when one is malformed, or `*` is not alone.
    """
    values = headers.all("Contact")
    if values == ("*",):
        return None
    if len(values) > MAX_LIST:
        raise PeerError("Too many values in Contact")
    return tuple([Binding.parse(value) for value in values])


def expires_of(headers: Headers) -> int | None:
    """The Expires of a message in seconds; DEFAULT_EXPIRES where it is malformed."""
    value = headers.get("Expires")
    return None if value is None else _seconds(value)


def min_expires_of(headers: Headers) -> int | None:
    """The Min-Expires of a 423 in seconds (RFC 3261, 20.23); PeerError when it is malformed."""
    value = headers.get("Min-Expires")
    return None if value is None else parse_number(value, "Min-Expires")


def _seconds(text: str) -> int:
    try:
        return parse_number(text, "Expires")
    except PeerError:
        return DEFAULT_EXPIRES
