"""History-Info and Diversion: whom a call was for before it came here (RFC 7044; RFC 5806)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import is_token, parse_number, plain_text, quote
from voicecore.sip.headers import Headers
from voicecore.sip.name_addr import NameAddr

_index = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,31}").fullmatch


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One target of the request. `index` is its place in the tree of targets: (1, 2) came from (1,)."""

    address: NameAddr
    index: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        address = NameAddr.parse(text)
        index = address.parameter("index") or ""
        if not _index(index):
            raise PeerError("Malformed History-Info")
        return cls(address.without_parameters("index"), tuple([int(part) for part in index.split(".")]))

    @classmethod
    def all_of(cls, headers: Headers) -> tuple[Self, ...]:
        """In the order of the message: oldest first."""
        return tuple([cls.parse(value) for value in headers.all("History-Info")])

    def __str__(self) -> str:
        return str(self.address.with_parameter("index", ".".join(map(str, self.index))))

    @property
    def changed_from(self) -> str | None:
        """The index of the target that this one replaces: of `rc`, `mp` or `np`, whichever is there."""
        for name in ("rc", "mp", "np"):
            if (value := self.address.parameter(name)) is not None:
                return value
        return None

    @property
    def is_private(self) -> bool:
        """Whether its user is not to be shown (RFC 7044, 10.1.2): Privacy stands among the fields of the URI."""
        return "privacy=" in self.address.uri.headers.lower()

    @property
    def names_cause(self) -> bool:
        """Whether it says that a call was sent on to it, and why (RFC 4458), or that its user is another one's."""
        return self.address.uri.parameter("cause") is not None or self.address.parameter("mp") is not None


def diverters_of(history: Sequence[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Who sent the call on, the latest first: targets that were left for another user.

    Where the entries say why (RFC 7044, 10.3: `cause`, or `mp`), those that do count; a proxy that only found the way
    to its user is no diversion. Of entries that say nothing of it, those whose user was left count.
    """
    steps = [(left, taken) for left, taken in itertools.pairwise(history)]
    if any(taken.names_cause for _, taken in steps):
        found = [left for left, taken in steps if taken.names_cause]
    else:
        found = [left for left, taken in steps if left.address.uri.user != taken.address.uri.user]
    return tuple(found[::-1])


@dataclass(frozen=True, slots=True)
class Diversion:
    """Who sent the call on, and why. `counter` is how many diversions it stands for."""

    address: NameAddr
    reason: str = "unknown"
    counter: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        address = NameAddr.parse(text)
        counter = address.parameter("counter")
        reason = plain_text(address.parameter("reason") or "") or "unknown"
        return cls(
            address.without_parameters("reason", "counter"),
            reason.lower(),
            1 if counter is None else parse_number(counter, "Diversion"),
        )

    @classmethod
    def all_of(cls, headers: Headers) -> tuple[Self, ...]:
        """In the order of the message: latest first."""
        return tuple([cls.parse(value) for value in headers.all("Diversion")])

    def __str__(self) -> str:
        reason = self.reason if is_token(self.reason) else quote(self.reason)
        address = self.address.with_parameter("reason", reason)
        return str(address.with_parameter("counter", str(self.counter)))

    @property
    def is_private(self) -> bool:
        """Whether the diverting user asks not to be shown; an unclear wish counts as yes."""
        return (self.address.parameter("privacy") or "off").lower() not in ("off", "")
