"""Asks DNS what `sip/server_location.py` needs to know, and remembers the answers. One a process."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import structlog
from dns.name import Name
from dns.rdata import Rdata
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from voicecore.clock import Instant
from voicecore.errors import Unavailable
from voicecore.sip.server_location import (
    Answer,
    Candidate,
    Means,
    Naptr,
    Query,
    Questions,
    RecordType,
    Srv,
    locate,
)
from voicecore.sip.uri import Uri

_log = structlog.get_logger(__name__)

ANYTHING = Means()

MAX_RECORDS = 64
"""Records of one answer that are looked at."""

_FAMILIES = {RecordType.A: socket.AF_INET, RecordType.AAAA: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class ResolverSettings:
    """Seconds, and the size of the cache. `nameservers` empty: those of the machine.

    An answer is kept for its TTL within `min_ttl_s` and `max_ttl_s`, one that says "no such name" for at most
    `negative_ttl_s`, and a failure to ask for `failure_ttl_s`. While DNS fails, an answer whose time is over
    still serves for `stale_s` (RFC 8767): a call is worth more than a fresh address.
    """

    nameservers: tuple[str, ...] = ()
    port: int = 53
    timeout_s: float = 4.0
    min_ttl_s: float = 5.0
    max_ttl_s: float = 3600.0
    negative_ttl_s: float = 60.0
    failure_ttl_s: float = 5.0
    stale_s: float = 86_400.0
    size: int = 2048
    use_hosts: bool = True
    """Whether the machine itself is asked (/etc/hosts, and what else it uses): for names without a dot before
    DNS, for others where DNS knows no address.
    """


@dataclass(slots=True)
class _Kept:
    answer: Answer
    until: Instant
    known_at: Instant
    """When DNS last said so itself."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer and how long it holds. `failed`: nobody answered."""

    answer: Answer
    ttl_s: float
    failed: bool = False


@dataclass(slots=True)
class _Cache:
    """The least recently used answer goes first when it is full."""

    settings: ResolverSettings
    kept: OrderedDict[Query, _Kept] = field(default_factory=OrderedDict)

    def find(self, query: Query, now: Instant) -> Answer | None:
        found = self.kept.get(query)
        if found is None or found.until <= now:
            return None
        self.kept.move_to_end(query)
        return found.answer

    def keep(self, query: Query, heard: _Heard, now: Instant) -> Answer:
        """What to go by: what was heard, or where asking failed what was known before."""
        before = self.kept.get(query)
        answer, known_at = heard.answer, now
        if heard.failed and before is not None and now - before.known_at < self.settings.stale_s:
            answer, known_at = before.answer, before.known_at
        ttl = heard.ttl_s if heard.failed else max(self.settings.min_ttl_s, heard.ttl_s)
        self.kept[query] = _Kept(answer, now + ttl, known_at)
        self.kept.move_to_end(query)
        while len(self.kept) > self.settings.size:
            self.kept.popitem(last=False)
        return answer


class Resolver:
    """Equal questions that come at once are asked once."""

    def __init__(
        self,
        clock: Callable[[], Instant],
        settings: ResolverSettings,
        *,
        means: Means = ANYTHING,
        lot: Callable[[], float] = random.random,
    ) -> None:
        """`means` are what we can send with; `lot` gives numbers from 0 up to 1 for the weights of SRV."""
        self._clock = clock
        self.settings = settings
        self._means = means
        self._lot = lot
        self._cache = _Cache(settings)
        self._asking: dict[Query, asyncio.Event] = {}
        self._dns = _dns(settings)

    async def locate(self, uri: Uri) -> tuple[Candidate, ...]:
        """The servers of a URI in the order in which to try them; at least one.

        Raises PeerError for a URI that cannot be sent to, Unavailable where no server of it is known.
        """
        answers: dict[Query, Answer] = {}
        while isinstance(found := locate(uri, answers, self._means, self._lot), Questions):
            queries = sorted(found.queries, key=lambda query: (query.name, query.type.value))
            async with asyncio.TaskGroup() as group:
                asked = {query: group.create_task(self._ask(query)) for query in queries}
            answers |= {query: task.result() for query, task in asked.items()}
        if not found:
            raise Unavailable(f"no server is known for {uri.host}")
        return found

    def forget(self) -> None:
        """Everything that was remembered is asked anew."""
        self._cache.kept.clear()

    async def _ask(self, query: Query) -> Answer:
        while (known := self._cache.find(query, self._clock())) is None:
            others = self._asking.get(query)
            if others is None:
                return await self._ask_first(query)
            await others.wait()
        return known

    async def _ask_first(self, query: Query) -> Answer:
        # Whoever waits looks into the cache when this is over, and asks where it was cancelled.
        done = self._asking[query] = asyncio.Event()
        try:
            heard = await self._hear(query)
            return self._cache.keep(query, heard, self._clock())
        finally:
            del self._asking[query]
            done.set()

    async def _hear(self, query: Query) -> _Heard:
        if query.type not in _FAMILIES or not self.settings.use_hosts:
            return await self._of_dns(query)
        # A name without a dot is the machine's own business first: DNS knows no localhost.
        is_plain = "." not in query.name
        hosts = await self._of_hosts(query) if is_plain else None
        if hosts is not None:
            return hosts
        heard = await self._of_dns(query)
        if heard.answer.addresses or is_plain:
            return heard
        return await self._of_hosts(query) or heard

    async def _of_dns(self, query: Query) -> _Heard:
        settings = self.settings
        if self._dns is None:
            return _Heard(Answer(), settings.failure_ttl_s, failed=True)
        try:
            found = await self._dns.resolve(
                query.name, query.type.value, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return _Heard(Answer(), settings.negative_ttl_s)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            _log.warning("dns failed", type=query.type.value, name=query.name, error=str(error))
            return _Heard(Answer(), settings.failure_ttl_s, failed=True)
        # The shortest time of the aliases on the way and of the records, or of the zone's word for "none".
        ttl = found.chaining_result.minimum_ttl
        if found.rrset is None:
            return _Heard(Answer(), min(settings.negative_ttl_s, ttl))
        return _Heard(_answer_of([*found.rrset][:MAX_RECORDS]), min(settings.max_ttl_s, ttl))

    async def _of_hosts(self, query: Query) -> _Heard | None:
        """What the machine knows by itself; None where that is nothing."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                found = await loop.getaddrinfo(
                    query.name, None, family=_FAMILIES[query.type], type=socket.SOCK_DGRAM
                )
        except (OSError, UnicodeError, TimeoutError):
            return None
        addresses = tuple(dict.fromkeys(str(place[0]) for *_, place in found))
        return _Heard(Answer(addresses=addresses), self.settings.negative_ttl_s)


def _dns(settings: ResolverSettings) -> dns.asyncresolver.Resolver | None:
    """None on a machine that has no name servers."""
    try:
        made = dns.asyncresolver.Resolver(configure=not settings.nameservers)
    except dns.resolver.NoResolverConfiguration:
        return None
    if settings.nameservers:
        made.nameservers = [*settings.nameservers]
        made.port = settings.port
    made.lifetime = settings.timeout_s
    made.timeout = settings.timeout_s / 2
    return made


def _answer_of(records: Sequence[Rdata]) -> Answer:
    naptr, srv, addresses = list[Naptr](), list[Srv](), list[str]()
    for record in records:
        match record:
            case NAPTR(flags=flags) if flags.lower() == b"s":
                service = record.service.decode("ascii", "replace")
                naptr.append(Naptr(record.order, record.preference, service, _name(record.replacement)))
            case SRV():
                srv.append(Srv(record.priority, record.weight, record.port, _name(record.target)))
            case A() | AAAA():
                addresses.append(record.address)
            case _:
                pass  # what nobody asked for
    return Answer(tuple(naptr), tuple(srv), tuple(addresses))


def _name(name: Name) -> str:
    """Without the final dot, so that the root is empty."""
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""
