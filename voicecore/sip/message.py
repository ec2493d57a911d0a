"""SIP requests and responses as values (RFC 3261, 7). Reading bytes is the parser's work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from voicecore.errors import PeerError, UsageError
from voicecore.sip.cseq import CSeq
from voicecore.sip.headers import Field, Headers
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.via import Via

T = TypeVar("T")


class _lazy(Generic[T]):  # noqa: N801 - stands where a decorator stands
    """Computed at the first look and kept in the instance; `cached_property` of 3.11 takes a lock."""

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read
        self._name = read.__name__
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> T | Self:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._read(instance)
        return value


class _Head:
    """The typed header fields that requests and responses have in common.

    Of a message from `parse_datagram` none of these raises. Of one that was put together by hand they raise
    PeerError where the header field is missing or malformed.
    """

    headers: Headers
    body: bytes

    @classmethod
    def of_facts(cls, facts: dict[str, object]) -> Self:
        """A message by its attributes: its fields, and those of the typed header fields that were read already."""
        message = cls.__new__(cls)
        message.__dict__.update(facts)
        return message

    @_lazy
    def vias(self) -> tuple[Via, ...]:
        return tuple([Via.parse(value) for value in self.headers.all("Via")])

    @_lazy
    def via(self) -> Via:
        """The top Via: the last hop of a request, ourselves in a response."""
        return Via.parse(self._required("Via"))

    @_lazy
    def from_(self) -> NameAddr:
        return NameAddr.parse(self._required("From"))

    @_lazy
    def to(self) -> NameAddr:
        return NameAddr.parse(self._required("To"))

    @_lazy
    def from_tag(self) -> str | None:
        """The tag of From; None when there is none or it is empty."""
        return self.from_.tag

    @_lazy
    def to_tag(self) -> str | None:
        """The tag of To; None when there is none or it is empty."""
        return self.to.tag

    @_lazy
    def call_id(self) -> str:
        return self._required("Call-ID")

    @_lazy
    def cseq(self) -> CSeq:
        return CSeq.parse(self._required("CSeq"))

    @_lazy
    def contacts(self) -> tuple[NameAddr, ...]:
        """Every Contact; empty for the `*` of a REGISTER."""
        values = self.headers.all("Contact")
        return () if values == ("*",) else tuple([NameAddr.parse(value) for value in values])

    @property
    def contact(self) -> NameAddr | None:
        return self.contacts[0] if self.contacts else None

    def routes(self, name: str) -> tuple[NameAddr, ...]:
        """The addresses of a `Route`, `Record-Route`, `Path` (RFC 3327) or `Service-Route` (RFC 3608), top first.

        Only the first two are read when a message is parsed: the others may raise PeerError.
        """
        match name:
            case "Record-Route":
                return self._record_route
            case "Route":
                return self._route
            case "Path" | "Service-Route":
                return tuple([NameAddr.parse(value) for value in self.headers.all(name)])
            case _:
                raise UsageError(f"{name} is no route")

    @_lazy
    def _record_route(self) -> tuple[NameAddr, ...]:
        return tuple([NameAddr.parse(value) for value in self.headers.all("Record-Route")])

    @_lazy
    def _route(self) -> tuple[NameAddr, ...]:
        return tuple([NameAddr.parse(value) for value in self.headers.all("Route")])

    @_lazy
    def content_type(self) -> str | None:
        """The media type of the body in lower case, without parameters."""
        value = self.headers.get("Content-Type")
        return None if value is None else "".join(value.partition(";")[0].lower().split())

    @_lazy
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


@dataclass(frozen=True)
class Request(_Head):
    """A request. `headers` hold no Content-Length: `to_bytes` writes it."""

    method: str
    uri: Uri
    headers: Headers
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """The request as it goes out. UsageError if one of our own values holds a line break."""
        return _write(f"{self.method} {self.uri} SIP/2.0", self.headers, self.body)


@dataclass(frozen=True)
class Response(_Head):
    """A response. `headers` hold no Content-Length: `to_bytes` writes it."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """The response as it goes out. UsageError if one of our own values holds a line break."""
        return write_response(self.status, self.reason, self.headers, self.body)


Message = Request | Response


def write_response(status: int, reason: str, fields: Iterable[Field], body: bytes = b"") -> bytes:
    """The bytes of a response that nobody needs as a value; names of `fields` are canonical."""
    return _write(f"SIP/2.0 {status} {reason}", fields, body)


def _write(start: str, fields: Iterable[Field], body: bytes) -> bytes:
    lines = [start]
    lines += [f"{name}: {value}" for name, value in fields if name != "Content-Length"]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) + 1:
        raise UsageError("line break inside a header field")
    return head.encode() + body
