"""Target-Dialog: the dialog that a request outside of it is about (RFC 4538, 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import parameter, parse_parameters
from voicecore.sip.headers import Headers

_call_id = re.compile(r'[^\s;,<>"]++').match


@dataclass(frozen=True, slots=True)
class TargetDialog:
    """`local_tag` is that of who sent the request."""

    call_id: str
    local_tag: str
    remote_tag: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed or a tag is missing."""
        match = _call_id(text)
        if match is None:
            raise PeerError("Malformed Target-Dialog")
        parameters = parse_parameters(text[match.end() :].strip(" \t"))
        tags = [parameter(parameters, name) for name in ("local-tag", "remote-tag")]
        if not tags[0] or not tags[1]:
            raise PeerError("Malformed Target-Dialog")
        return cls(match[0], tags[0], tags[1])

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        """The one of a request; PeerError when there is more than one."""
        values = headers.all("Target-Dialog")
        if len(values) > 1:
            raise PeerError("Repeated Target-Dialog")
        return cls.parse(values[0]) if values else None

    def __str__(self) -> str:
        return f"{self.call_id};local-tag={self.local_tag};remote-tag={self.remote_tag}"
