"""Locating SIP servers (RFC 3263, 4): which DNS questions a URI needs, and the servers that answers lead to.

Pure. Ask `locate` with the answers so far until it returns candidates instead of questions:

    while isinstance(found := locate(uri, answers, means, random), Questions):
        answers |= ...                       # one Answer for each of `found.queries`
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NamedTuple, TypeVar

from voicecore.errors import PeerError
from voicecore.sip.hop import DEFAULT_PORTS, Transport
from voicecore.sip.uri import Uri

T = TypeVar("T")

Random = Callable[[], float]
"""Gives numbers from 0 up to, not including, 1."""

MAX_CANDIDATES = 32
"""Servers of one URI that are tried at most, whatever DNS says."""


class RecordType(Enum):
    NAPTR = "NAPTR"
    SRV = "SRV"
    A = "A"
    AAAA = "AAAA"


AddressType = Literal[RecordType.A, RecordType.AAAA]


class Query(NamedTuple):
    """One DNS question. `name` has no final dot."""

    type: RecordType
    name: str


class Naptr(NamedTuple):
    """RFC 3403. Only what RFC 3263 uses: records whose flag is "s"."""

    order: int
    preference: int
    service: str
    replacement: str


class Srv(NamedTuple):
    """RFC 2782. `target` "" stands for ".": the service is decidedly not there."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS said to one query: nothing at all where the name or the type does not exist."""

    naptr: tuple[Naptr, ...] = ()
    srv: tuple[Srv, ...] = ()
    addresses: tuple[str, ...] = ()


Answers = Mapping[Query, Answer]


class Candidate(NamedTuple):
    """One server to try. `host` is the name that `address` belongs to.

    `server_name` is what a TLS certificate must carry: the domain of the URI, never a name that came out of
    DNS (RFC 5922, 4). It is empty where no certificate is asked for.
    """

    transport: Transport
    host: str
    address: str
    port: int
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class Questions:
    """What has to be known first."""

    queries: frozenset[Query]


@dataclass(frozen=True, slots=True)
class Means:
    """What we can send with: transports and address types, each in order of preference."""

    transports: tuple[Transport, ...] = ("UDP", "TCP", "TLS")
    addresses: tuple[AddressType, ...] = (RecordType.AAAA, RecordType.A)


_SECURE: dict[Transport, Transport] = {"TCP": "TLS", "TLS": "TLS", "WS": "WSS", "WSS": "WSS"}
_SRV_PREFIXES: dict[Transport, str] = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}
_SERVICES: dict[str, Transport] = {
    "SIP+D2U": "UDP",
    "SIP+D2T": "TCP",
    "SIPS+D2T": "TLS",
    "SIP+D2W": "WS",  # RFC 7118, 9.2
    "SIPS+D2W": "WSS",
}
_NAMES: dict[str, Transport] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WS", "wss": "WSS"}


def locate(uri: Uri, answers: Answers, means: Means, random: Random) -> tuple[Candidate, ...] | Questions:
    """The servers of a URI in the order in which to try them, or what must be asked first.

    Empty where DNS knows none, or none that `means` can reach. PeerError for a URI that cannot be sent to.
    """
    if not uri.is_sip:
        raise PeerError("not a SIP URI", 416)
    search = _Search(uri, answers, means, random)
    found = search.run()
    return Questions(frozenset(search.missing)) if search.missing else found[:MAX_CANDIDATES]


def transport_of(uri: Uri) -> Transport | None:
    """The transport that the URI names; None where it leaves the choice. PeerError for one that cannot be.

    A `sips` URI with `transport=tcp` is TLS over TCP (RFC 3261, 26.2.2), `transport=tls` is taken for the same.
    """
    named = uri.parameter("transport")
    if named is None:
        return None
    transport = _NAMES.get(named.lower())
    if transport is None:
        raise PeerError("unknown transport")
    if uri.scheme == "sips":
        transport = _SECURE.get(transport)
        if transport is None:
            raise PeerError("a sips URI over UDP")
    return transport


def weighted_order(items: Sequence[T], place: Callable[[T], tuple[int, int]], random: Random) -> list[T]:
    """Items by (priority, weight) as RFC 2782 orders SRV records: the lowest priority first, and within one
    priority by lot, where a weight of 0 wins hardly ever.
    """
    ordered: list[T] = []
    waiting = sorted(items, key=place)  # weight 0 first within a priority, as the RFC asks
    while waiting:
        priority = place(waiting[0])[0]
        group = [item for item in waiting if place(item)[0] == priority]
        waiting = waiting[len(group) :]
        while group:
            total = sum(place(item)[1] for item in group)
            # The RFC draws from 0 on, for the sake of weights of 0. Without one that would favour whoever is
            # first in the list: two servers of weight 1 would get two thirds and one third.
            lot = int(random() * (total + 1)) if place(group[0])[1] == 0 else 1 + int(random() * total)
            for position, item in enumerate(group):
                lot -= place(item)[1]
                if lot <= 0:
                    ordered.append(group.pop(position))
                    break
    return ordered


class _Service(NamedTuple):
    """A transport and where its SRV records are."""

    transport: Transport
    name: str


@dataclass(slots=True)
class _Search:
    uri: Uri
    answers: Answers
    means: Means
    random: Random
    missing: set[Query] = field(default_factory=set)

    def run(self) -> tuple[Candidate, ...]:
        target = (self.uri.parameter("maddr") or self.uri.host).strip("[]").lower().removesuffix(".")
        named = transport_of(self.uri)
        plain: Transport = "TLS" if self.uri.scheme == "sips" else "UDP"
        if _is_ip(target):
            transport = named or plain
            return self._only(
                self._candidate(transport, target, target, self.uri.port or DEFAULT_PORTS[transport])
            )
        if self.uri.port is not None:
            # RFC 3263, 4.2: an explicit port asks for addresses only.
            return self._only(*self._at(named or plain, target, self.uri.port))
        services = self._services(target, named)
        if self.missing:
            return ()
        return self._only(*self._of_services(services, target, named or plain))

    def _services(self, target: str, named: Transport | None) -> list[_Service]:
        """RFC 3263, 4.1: by NAPTR where the URI names no transport, else and otherwise by convention."""
        if named is not None:
            return [_Service(named, f"{_SRV_PREFIXES[named]}.{target}")] if named in _SRV_PREFIXES else []
        naptr = self._ask(RecordType.NAPTR, target)
        usable = [record for record in naptr.naptr if self._usable(_SERVICES.get(record.service.upper()))]
        if usable:
            # RFC 3403, 4.1: once an order holds a match, a higher one is not looked at.
            order = min(record.order for record in usable)
            chosen = sorted((r for r in usable if r.order == order), key=lambda record: record.preference)
            return [_Service(_SERVICES[r.service.upper()], r.replacement) for r in chosen]
        # Without NAPTR a sip URI asks for _sip services only, and a sips URI for _sips.
        transports = ("TLS",) if self.uri.scheme == "sips" else ("UDP", "TCP")
        return [
            _Service(transport, f"{_SRV_PREFIXES[transport]}.{target}")
            for transport in self.means.transports
            if transport in transports
        ]

    def _usable(self, transport: Transport | None) -> bool:
        if self.uri.scheme == "sips" and transport not in ("TLS", "WSS"):
            return False
        return transport in self.means.transports

    def _of_services(self, services: list[_Service], target: str, fallback: Transport) -> list[Candidate]:
        records = [(service, self._ask(RecordType.SRV, service.name).srv) for service in services]
        if self.missing:
            return []
        if not any(found for _, found in records):
            return self._at(fallback, target, DEFAULT_PORTS[fallback])
        candidates: list[Candidate] = []
        for service, found in records:
            for record in weighted_order(found, lambda srv: (srv.priority, srv.weight), self.random):
                if record.target and record.port:
                    candidates += self._at(service.transport, record.target, record.port)
        return candidates

    def _at(self, transport: Transport, host: str, port: int) -> list[Candidate]:
        """The addresses of a host; an SRV target may be an IP literal, against the rules but seen."""
        if _is_ip(host):
            return [self._candidate(transport, host, host, port)]
        return [
            self._candidate(transport, host, address, port)
            for kind in self.means.addresses
            for address in self._ask(kind, host).addresses
        ]

    def _candidate(self, transport: Transport, host: str, address: str, port: int) -> Candidate:
        name = self.uri.host if transport in ("TLS", "WSS") else ""
        return Candidate(transport, host, address, port, name)

    def _only(self, *found: Candidate) -> tuple[Candidate, ...]:
        """Those that can be sent to, each once."""
        kinds = {6 if kind is RecordType.AAAA else 4 for kind in self.means.addresses}
        return tuple(
            [
                one
                for one in dict.fromkeys(found)
                if one.transport in self.means.transports
                and ipaddress.ip_address(one.address).version in kinds
            ]
        )

    def _ask(self, kind: RecordType, name: str) -> Answer:
        query = Query(kind, name)
        if query not in self.answers:
            self.missing.add(query)
            return Answer()
        return self.answers[query]


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
