"""Header fields: an immutable ordered multimap with canonical names (RFC 3261, 7.3). Values stay text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from voicecore.sip.grammar import split_list

_COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
    "e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
    "l": "Content-Length", "m": "Contact", "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To",
    "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
}  # fmt: skip

_LISTS = frozenset({
    "Accept", "Accept-Contact", "Accept-Encoding", "Accept-Language", "Alert-Info", "Allow", "Allow-Events",
    "Call-Info", "Contact", "Content-Encoding", "Content-Language", "Diversion", "Error-Info", "History-Info",
    "In-Reply-To", "P-Asserted-Identity", "P-Associated-URI", "P-Preferred-Identity", "Path", "Privacy",
    "Proxy-Require", "Reason", "Record-Route", "Recv-Info", "Reject-Contact", "Require", "Route",
    "Security-Client", "Security-Server", "Security-Verify", "Service-Route", "Supported", "Unsupported", "Via",
    "Warning",
})  # fmt: skip
"""Header fields whose value is a comma-separated list."""

_SINGLE = (
    "Authentication-Info", "Authorization", "Call-ID", "Content-Disposition", "Content-Length",
    "Content-Type", "CSeq", "Date", "Event", "Expires", "Flow-Timer", "From", "Identity", "Info-Package",
    "MIME-Version", "Max-Forwards", "Min-Expires", "Min-SE", "Organization", "Priority",
    "Proxy-Authenticate", "Proxy-Authorization", "RAck", "RSeq", "Refer-Sub", "Refer-To", "Referred-By",
    "Replaces", "Reply-To", "Request-Disposition", "Retry-After", "SIP-ETag", "SIP-If-Match", "Server",
    "Session-Expires", "Session-ID", "Subject", "Subscription-State", "Target-Dialog", "Timestamp", "To",
    "User-Agent", "WWW-Authenticate",
)  # fmt: skip

CANONICAL = {name: name for name in (*_LISTS, *_SINGLE)}
CANONICAL |= {name.lower(): name for name in CANONICAL} | _COMPACT
"""Canonical names by canonical, lower-case and compact spelling."""

Field = tuple[str, str]


def canonical(name: str) -> str:
    """The name's usual spelling, also of a compact form; an unknown name is returned as it is."""
    return CANONICAL.get(name) or CANONICAL.get(name.lower()) or name


def _key(name: str) -> str:
    return CANONICAL.get(name) or CANONICAL.get(name.lower()) or name.lower()


class Headers:
    """Header fields in their order. Looking up a name is blind to case and knows the compact forms.

    >>> headers = Headers.of(("v", "SIP/2.0/UDP a, SIP/2.0/UDP b"), ("Subject", "hello"))
    >>> headers.all("Via"), headers.get("subject"), headers.get("Date")
    (('SIP/2.0/UDP a', 'SIP/2.0/UDP b'), 'hello', None)

    Content-Length is not among them: it is framing, checked by the parser and written by `to_bytes`.
    """

    __slots__ = ("_index", "_known", "_unread")

    def __init__(self, fields: Iterable[Field] = ()) -> None:
        """Take fields whose names are canonical already; `of` is for all others."""
        self._known: tuple[Field, ...] | None = tuple(fields)
        self._index: dict[str, tuple[str, ...]] | None = None
        self._unread = b""

    @staticmethod
    def read(head: bytes, index: dict[str, tuple[str, ...]]) -> Headers:
        """Of a well-formed head in ASCII, without folds, whose `lines` are known already."""
        headers = Headers()
        headers._known, headers._index, headers._unread = None, index, head
        return headers

    @classmethod
    def of(cls, *fields: Field) -> Headers:
        return cls([(canonical(name), value) for name, value in fields])

    def get(self, name: str) -> str | None:
        """The first value, or None. Of a list header field: its first item."""
        values = self.all(name)
        return values[0] if values else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value; list header fields are split at their commas."""
        index = self._index if self._index is not None else self._build_index()
        values = index.get(name)
        if values is None:
            key = _key(name)
            values = index.get(key) if key != name else None
            if values is None:
                return ()
            name = key
        if name in _LISTS:
            for value in values:
                if "," in value or not value:
                    return tuple([item for value in values for item in split_list(value)])
        return values

    def with_(self, name: str, value: str) -> Headers:
        """One value in place of all values of that name: where the first was, or at the end."""
        key, fields = _key(name), list(self._fields)
        places = [place for place, (other, _) in enumerate(fields) if _key(other) == key]
        if not places:
            return self.adding(name, value)
        fields[places[0]] = (canonical(name), value)
        return Headers([field for place, field in enumerate(fields) if place not in places[1:]])

    def adding(self, name: str, value: str) -> Headers:
        """One more value, at the end."""
        return Headers([*self._fields, (canonical(name), value)])

    def without(self, name: str) -> Headers:
        key = _key(name)
        return Headers([field for field in self._fields if _key(field[0]) != key])

    def lines(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each header line, lists unsplit, by canonical name (unknown ones in lower case)."""
        return self._index if self._index is not None else self._build_index()

    @property
    def _fields(self) -> tuple[Field, ...]:
        if self._known is None:
            lines = self._unread.decode("ascii").split("\r\n")
            pairs = [line.partition(":") for line in islice(lines, 1, None)]
            fields = [(canonical(name), value.strip(" \t")) for name, _, value in pairs]
            self._known = tuple([field for field in fields if field[0] != "Content-Length"])
        return self._known

    def _build_index(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, tuple[str, ...]] = {}
        for name, value in self._fields:
            key = name if name in CANONICAL else name.lower()
            index[key] = (*index[key], value) if key in index else (value,)
        self._index = index
        return index

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _key(name) in self.lines()

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(self._fields)

    def __repr__(self) -> str:
        return f"Headers({list(self._fields)!r})"
