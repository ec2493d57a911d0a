"""Refer-To, Referred-By and Refer-Sub (RFC 3515, 2.1; RFC 3892, 3; RFC 4488, 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, unquote_to_bytes

from voicecore.errors import PeerError
from voicecore.sip.grammar import is_token, parse_value
from voicecore.sip.headers import Field, Headers, canonical
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.values.replaces import Replaces

_MAX_FIELDS = 16
_control = re.compile("[\x00-\x1f\x7f-\x9f]").search


@dataclass(frozen=True, slots=True)
class ReferTo:
    """What a REFER asks for: a request of `method` to `target`, with `fields` in it (RFC 3261, 19.1.5).

    `fields` are the header fields of the URI, unescaped. They come from a stranger: take from them what is
    known to be harmless, as `replaces`, and nothing else.
    """

    target: Uri
    method: str = "INVITE"
    display: str = ""
    fields: tuple[Field, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed, or a field holds a control character."""
        address = NameAddr.parse(text)
        uri = address.uri
        method = uri.parameter("method")
        if method is not None and not is_token(method):
            raise PeerError("Malformed Refer-To")
        parameters = tuple(item for item in uri.parameters if item[0] != "method")
        target = uri._replace(parameters=parameters, headers="")
        return cls(target, method or "INVITE", address.display, _fields(uri.headers))

    @classmethod
    def of(cls, headers: Headers) -> Self:
        """The one of a REFER; PeerError unless there is exactly one (RFC 3515, 2.4.2)."""
        values = headers.all("Refer-To")
        if len(values) != 1:
            raise PeerError("Not exactly one Refer-To")
        return cls.parse(values[0])

    def __str__(self) -> str:
        uri = self.target
        if self.method != "INVITE":
            uri = uri.with_parameter("method", self.method)
        escaped = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.fields)
        return str(NameAddr(self.display, uri._replace(headers=escaped)))

    @property
    def replaces(self) -> Replaces | None:
        """The dialog to take the place of, in an attended transfer; PeerError when it is malformed."""
        return Replaces.of(Headers(self.fields))


def _fields(text: str) -> tuple[Field, ...]:
    found: list[Field] = []
    for part in text.split("&", _MAX_FIELDS) if text else ():
        name, _, value = part.partition("=")
        try:
            plain = unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            raise PeerError("Malformed Refer-To") from None
        if _control(plain) or not is_token(name) or len(found) == _MAX_FIELDS:
            raise PeerError("Malformed Refer-To")
        found.append((canonical(name), plain))
    return tuple(found)


def referred_by_of(headers: Headers) -> NameAddr | None:
    """Who sent the REFER that led to this request (RFC 3892, 3). Nothing proves it."""
    value = headers.get("Referred-By")
    return None if value is None else NameAddr.parse(value)


def refer_sub_of(headers: Headers) -> bool:
    """Whether the REFER makes a subscription: it does unless both sides say `false` (RFC 4488, 4)."""
    value = headers.get("Refer-Sub")
    if value is None:
        return True
    text, _ = parse_value(value, "Refer-Sub")
    if text.lower() not in ("true", "false"):
        raise PeerError("Malformed Refer-Sub")
    return text.lower() == "true"
