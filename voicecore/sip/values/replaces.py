"""Replaces: the dialog that a new one takes the place of (RFC 3891, 6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import parse_parameters
from voicecore.sip.headers import Headers

_call_id = re.compile(r'[^\s;,<>"]++').match


@dataclass(frozen=True, slots=True)
class Replaces:
    """Tags as the receiver has them: `to_tag` is its own, `from_tag` its peer's (RFC 3891, 3)."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed, or a tag is missing or there twice."""
        match = _call_id(text)
        if match is None:
            raise PeerError("Malformed Replaces")
        parameters = parse_parameters(text[match.end() :].strip(" \t"))
        to_tags = [value for name, value in parameters if name == "to-tag"]
        from_tags = [value for name, value in parameters if name == "from-tag"]
        if len(to_tags) != 1 or len(from_tags) != 1 or not to_tags[0] or not from_tags[0]:
            raise PeerError("Malformed Replaces")
        return cls(match[0], to_tags[0], from_tags[0], ("early-only", None) in parameters)

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        """The one of a request; PeerError when there is more than one (RFC 3891, 3)."""
        values = headers.all("Replaces")
        if len(values) > 1:
            raise PeerError("Repeated Replaces")
        return cls.parse(values[0]) if values else None

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"
