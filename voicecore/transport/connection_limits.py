"""How long a connection may take for each step, and how many there may be. Pure: no socket, no clock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What strangers can make us hold. Times in seconds, sizes in octets."""

    handshake_s: float = 10.0
    """For connecting, TLS and WebSocket together."""
    first_message_s: float = 30.0
    """From then to the first whole message of a peer that connected to us."""
    message_s: float = 10.0
    """To complete a message that was begun."""
    idle_s: float = 600.0
    """Without a message or a keep-alive. A connection that is held (a registered phone) is spared until then."""
    pong_s: float = 10.0
    """To answer a ping of ours (RFC 5626, 4.4.1)."""
    write_buffer: int = 262_144
    """What waits for a peer that does not read; one octet more and the connection is closed."""
    buffered_in_all: int = 67_108_864
    """Parts of messages of all connections together."""
    queued: int = 64
    """Messages that wait for a connection of ours to open."""
    connections: int = 4096
    per_source: int = 1024
    """Connections from one IP address."""
    handshakes: int = 300
    """TLS connections that peers may begin in a second: each costs us a signature."""
    handshakes_per_source: int = 100


class Overdue(Enum):
    """What did not come in time, in the words of the log."""

    HANDSHAKE = "handshake took too long"
    FIRST_MESSAGE = "no message came"
    MESSAGE = "message was not completed"
    IDLE = "idle"
    PONG = "ping was not answered"


class ConnectionWatch:
    """The deadlines of one connection. `is_ours`: we opened it, so the first message may be ours for long."""

    def __init__(self, limits: ConnectionLimits, now: float, *, is_ours: bool) -> None:
        self._limits = limits
        self._is_ours = is_ours
        self._deadlines = {Overdue.HANDSHAKE: now + limits.handshake_s}

    @property
    def is_established(self) -> bool:
        return Overdue.HANDSHAKE not in self._deadlines

    def established(self, now: float) -> None:
        """The transport, TLS and WebSocket handshakes are done."""
        del self._deadlines[Overdue.HANDSHAKE]
        if not self._is_ours:
            self._deadlines[Overdue.FIRST_MESSAGE] = now + self._limits.first_message_s
        self._deadlines[Overdue.IDLE] = now + self._limits.idle_s

    def received(self, now: float, *, messages: int, is_partway: bool) -> None:
        """Some octets came. A message may take its time from its first octet, however many follow."""
        if messages:
            self._deadlines.pop(Overdue.FIRST_MESSAGE, None)
            self.alive(now)
        if messages or not is_partway:
            self._deadlines.pop(Overdue.MESSAGE, None)
        if is_partway:
            self._deadlines.setdefault(Overdue.MESSAGE, now + self._limits.message_s)

    def alive(self, now: float) -> None:
        """A keep-alive of the peer, or a message of ours."""
        self.hold(now + self._limits.idle_s)

    def hold(self, until: float) -> None:
        """Not idle before then: somebody is registered over it."""
        self._deadlines[Overdue.IDLE] = max(until, self._deadlines.get(Overdue.IDLE, until))

    def pinged(self, now: float) -> None:
        self._deadlines.setdefault(Overdue.PONG, now + self._limits.pong_s)

    def ponged(self, now: float) -> None:
        self._deadlines.pop(Overdue.PONG, None)
        self.alive(now)

    def next_timer(self) -> float:
        return min(self._deadlines.values())

    def handle_timer(self, now: float) -> Overdue | None:
        """Why the connection is to be closed now; None: not yet."""
        overdue, deadline = min(self._deadlines.items(), key=lambda item: item[1])
        return overdue if deadline <= now else None


class HandshakePace:
    """Counts what peers begin in each second of the clock, in all and by source."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._second = 0
        self._in_all = 0
        self._of_source: dict[str, int] = {}

    def allows(self, source: str, now: float) -> bool:
        """Also counts it, when it is allowed."""
        if int(now) != self._second:
            self._second, self._in_all = int(now), 0
            self._of_source.clear()
        count = self._of_source.get(source, 0)
        if self._in_all >= self._limits.handshakes or count >= self._limits.handshakes_per_source:
            return False
        self._in_all += 1
        self._of_source[source] = count + 1
        return True


Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Admitted(Generic[Id]):
    """`instead_of` is to be closed: it was the one that is missed least."""

    instead_of: Id | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(slots=True)
class _Entry:
    source: str
    buffered: int = 0
    spared_until: float = 0.0


class ConnectionTable(Generic[Id]):
    """Who may come in. Costs the same for every newcomer, however many there are.

    When it is full, the oldest connection goes that never brought a message, then the one that is silent for
    the longest time, if that is `SILENT` seconds; ours and held ones stay. If none goes, the newcomer is refused.
    """

    SILENT = 60.0
    _LOOKED_AT = 16  # held ones may stand in front; who is behind so many of them is not looked for

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._new: OrderedDict[Id, _Entry] = OrderedDict()  # brought no message yet, the oldest first
        self._known: OrderedDict[Id, _Entry] = OrderedDict()  # the one that is silent the longest first
        self._of_source: dict[str, int] = {}
        self._buffered = 0

    def __len__(self) -> int:
        return len(self._new) + len(self._known)

    @property
    def buffered(self) -> int:
        """Octets of parts of messages, of all connections."""
        return self._buffered

    @property
    def waiting(self) -> int:
        """Connections that brought no message yet."""
        return len(self._new)

    def admit(self, id: Id, source: str, now: float) -> Admitted[Id] | Refused:
        if self._of_source.get(source, 0) >= self._limits.per_source:
            return Refused("too many connections from this address")
        instead_of: Id | None = None
        if len(self) >= self._limits.connections:
            instead_of = self._missed_least(now)
            if instead_of is None:
                return Refused("too many connections")
            self.remove(instead_of)
        self._new[id] = self._entry(source)
        return Admitted(instead_of)

    def add_ours(self, id: Id, source: str) -> bool:
        """A connection that we open; False when there are too many already."""
        if len(self) >= self._limits.connections:
            return False
        self._known[id] = self._entry(source)
        self._known[id].spared_until = float("inf")
        return True

    def active(self, id: Id, now: float) -> None:
        """A message went over it."""
        entry = self._new.pop(id, None)
        if entry is not None:
            self._known[id] = entry
        elif id in self._known:
            self._known.move_to_end(id)
            entry = self._known[id]
        if entry is not None:
            entry.spared_until = max(entry.spared_until, now + self.SILENT)

    def hold(self, id: Id, until: float) -> None:
        entry = self._known.get(id)
        if entry is not None:
            entry.spared_until = max(entry.spared_until, until)

    def holds_back(self, id: Id, octets: int) -> bool:
        """Notes how much of a message is there; False when all connections together hold too much."""
        entry = self._known.get(id) or self._new.get(id)
        if entry is not None:
            self._buffered += octets - entry.buffered
            entry.buffered = octets
        return self._buffered <= self._limits.buffered_in_all

    def remove(self, id: Id) -> None:
        """It is closed. Once more changes nothing."""
        entry = self._known.pop(id, None) or self._new.pop(id, None)
        if entry is None:
            return
        self._buffered -= entry.buffered
        self._of_source[entry.source] -= 1
        if not self._of_source[entry.source]:
            del self._of_source[entry.source]

    def _entry(self, source: str) -> _Entry:
        self._of_source[source] = self._of_source.get(source, 0) + 1
        return _Entry(source)

    def _missed_least(self, now: float) -> Id | None:
        for id in self._new:
            return id
        for id, entry in islice(self._known.items(), self._LOOKED_AT):
            if entry.spared_until <= now:
                return id
        return None
