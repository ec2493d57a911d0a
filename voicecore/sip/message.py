"""SIP requests and responses as values (RFC 3261, 7). Reading bytes is the parser's work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from voicecore.errors import PeerError, UsageError
from voicecore.octets import write_message
from voicecore.sip.cseq import CSeq
from voicecore.sip.headers import Field, Headers
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via

_NONE_ASKED_FOR: dict[str, tuple[NameAddr, ...]] = {}


class _Head:
    """The typed header fields that requests and responses have in common, each read at the first look.

    Of a message from `parse_datagram` none of these raises. Of one that was put together by hand they raise
    PeerError where the header field is missing or malformed.
    """

    __slots__ = (
        *("_addresses", "_call_id", "_cseq", "_from", "_from_tag", "_to", "_to_tag", "_via"),
        *("body", "headers"),
    )

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers: Final = headers
        self.body: Final = body
        self._via: Via | None = None
        self._from: NameAddr | None = None
        self._to: NameAddr | None = None
        self._from_tag: str | None = None
        self._to_tag: str | None = None
        """Tags are empty where there is none, and None as long as nobody looked."""
        self._call_id = ""
        self._cseq: CSeq | None = None
        self._addresses = _NONE_ASKED_FOR
        """By the name of the header field."""

    def know(self, via: Via, from_tag: str | None, to_tag: str | None, call_id: str, cseq: CSeq) -> None:
        """Takes what the parser read already."""
        self._via = via
        self._from_tag = from_tag or ""
        self._to_tag = to_tag or ""
        self._call_id = call_id
        self._cseq = cseq

    @property
    def vias(self) -> tuple[Via, ...]:
        return tuple([Via.parse(value) for value in self.headers.all("Via")])

    @property
    def via(self) -> Via:
        """The top Via: the last hop of a request, ourselves in a response."""
        if self._via is None:
            self._via = Via.parse(self._required("Via"))
        return self._via

    @property
    def from_(self) -> NameAddr:
        if self._from is None:
            self._from = NameAddr.parse(self._required("From"))
        return self._from

    @property
    def to(self) -> NameAddr:
        if self._to is None:
            self._to = NameAddr.parse(self._required("To"))
        return self._to

    @property
    def from_tag(self) -> str | None:
        """The tag of From; None when there is none or it is empty."""
        if self._from_tag is None:
            self._from_tag = self.from_.tag or ""
        return self._from_tag or None

    @property
    def to_tag(self) -> str | None:
        """The tag of To; None when there is none or it is empty."""
        if self._to_tag is None:
            self._to_tag = self.to.tag or ""
        return self._to_tag or None

    @property
    def call_id(self) -> str:
        if not self._call_id:
            self._call_id = self._required("Call-ID")
        return self._call_id

    @property
    def cseq(self) -> CSeq:
        if self._cseq is None:
            self._cseq = CSeq.parse(self._required("CSeq"))
        return self._cseq

    @property
    def contacts(self) -> tuple[NameAddr, ...]:
        """Every Contact; empty for the `*` of a REGISTER."""
        return self._addresses_of("Contact")

    @property
    def contact(self) -> NameAddr | None:
        contacts = self._addresses_of("Contact")
        return contacts[0] if contacts else None

    def routes(self, name: str) -> tuple[NameAddr, ...]:
        """The addresses of a `Route`, `Record-Route`, `Path` (RFC 3327) or `Service-Route` (RFC 3608), top first.

        Only the first two are read when a message is parsed: the others may raise PeerError.
        """
        if name not in ("Record-Route", "Route", "Path", "Service-Route"):
            raise UsageError(f"{name} is no route")
        return self._addresses_of(name)

    def _addresses_of(self, name: str) -> tuple[NameAddr, ...]:
        found = self._addresses.get(name)
        if found is None:
            values = self.headers.all(name)
            found = () if values == ("*",) else tuple([NameAddr.parse(value) for value in values])
            if not self._addresses:
                self._addresses = {}
            self._addresses[name] = found
        return found

    @property
    def content_type(self) -> str | None:
        """The media type of the body in lower case, without parameters."""
        value = self.headers.get("Content-Type")
        return None if value is None else "".join(value.partition(";")[0].lower().split())

    @property
    def max_forwards(self) -> int | None:
        value = self.headers.get("Max-Forwards")
        if value is None:
            return None
        if not (value.isascii() and value.isdigit()) or len(value) > 16 or int(value) > 255:
            raise PeerError("not a number of 0 to 255")
        return int(value)

    def _required(self, name: str) -> str:
        values = self.headers.all(name)
        if not values or not values[0]:
            raise PeerError("missing")
        return values[0]


class Request(_Head):
    """A request. `headers` hold no Content-Length: `to_bytes` writes it."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: Uri, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.method: Final = method
        self.uri: Final = uri

    def to_bytes(self) -> bytes:
        """The request as it goes out. UsageError if one of our own values holds a line break."""
        return _write(f"{self.method} {self.uri} SIP/2.0", self.headers, self.body)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Request)
            and (self.method, self.uri, self.body) == (other.method, other.uri, other.body)
            and self.headers == other.headers
        )

    def __hash__(self) -> int:
        return hash((self.method, self.uri, self.headers, self.body))

    def __repr__(self) -> str:
        return f"Request({self.method!r}, {self.uri!r}, {self.headers!r}, {self.body!r})"


class Response(_Head):
    """A response. `headers` hold no Content-Length: `to_bytes` writes it."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status: Final = status
        self.reason: Final = reason

    def to_bytes(self) -> bytes:
        """The response as it goes out. UsageError if one of our own values holds a line break."""
        return write_response(self.status, self.reason, self.headers, self.body)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Response)
            and (self.status, self.reason, self.body) == (other.status, other.reason, other.body)
            and self.headers == other.headers
        )

    def __hash__(self) -> int:
        return hash((self.status, self.reason, self.headers, self.body))

    def __repr__(self) -> str:
        return f"Response({self.status!r}, {self.reason!r}, {self.headers!r}, {self.body!r})"


Message = Request | Response


def write_response(status: int, reason: str, fields: Iterable[Field], body: bytes = b"") -> bytes:
    """The bytes of a response that nobody needs as a value; names of `fields` are canonical."""
    return _write(f"SIP/2.0 {status} {reason}", fields, body)


def _write(start: str, fields: Iterable[Field], body: bytes) -> bytes:
    written = write_message(start, fields, body)
    if written is None:
        raise UsageError("line break inside a header field")
    return written
