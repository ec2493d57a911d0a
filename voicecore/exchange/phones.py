"""The registered phones as the rest of the exchange sees them: who may be called where, and who calls from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from voicecore.calls.requests import Reply
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.binding import Binding
from voicecore.registrar.facts import Expired, Refreshed, Registered, RegistrarFact, Unregistered
from voicecore.registrar.gruu import Instance
from voicecore.registrar.service import RegistrarService
from voicecore.sip.authenticator import FailedLogin
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.whereabouts import Whereabouts

Place = tuple[Transport, Address]

KEEP_ALIVE_S = 29.0
"""Less than the 30 s after which a NAT may forget a way over UDP (RFC 5626, 4.4.1)."""


class Phones:
    """Knows from which transport and address a phone registered. Its facts go to `told`, failed logins to `failed`."""

    def __init__(
        self,
        service: RegistrarService,
        accounts: Accounts,
        told: Callable[[Sequence[RegistrarFact]], None],
        touched: Callable[[], None],
        keep_alive: Callable[[Hop, float | None], None] = lambda hop, every_s: None,
    ) -> None:
        """`touched` is called after each use of the registrar. `keep_alive` has a hop pinged so often, or no longer."""
        self._service = service
        self._accounts = accounts
        self._told = told
        self._touched = touched
        self._keep_alive = keep_alive
        self._places: Counter[Place] = Counter()
        self._pinged: Counter[Place] = Counter()
        self.failed: Callable[[FailedLogin, Hop, float], None] = lambda failure, hop, now: None

    def __len__(self) -> int:
        """How many accounts there are."""
        return len(self._accounts)

    def account(self, user: str) -> Account | None:
        """Whose name or number this is."""
        return self._accounts.find(user)

    def is_guest(self, name: str) -> bool:
        """Whether the account of this name has short-lived credentials."""
        account = self._accounts.named(name)
        return account is not None and account.is_guest

    def is_registered_at(self, hop: Hop) -> bool:
        return self._places[hop.transport, hop.remote] > 0

    def bindings(self, account: Account, now: float) -> list[Binding]:
        """Where an account is reached, best first."""
        registrar = self._service.registrar
        return registrar.lookup(registrar.aor_of(account), now)

    def instance_of(self, uri: Uri) -> Instance | None:
        """Whom a GRUU names (RFC 5627); None: it is not, or no longer, valid."""
        return self._service.registrar.instance_of(uri)

    def is_ours(self, uri: Uri) -> bool:
        """Whether it is a SIP URI at a domain where phones register."""
        return self._service.registrar.is_ours(uri)

    def whereabouts(self, uri: Uri, named_from: Hop | None) -> Whereabouts | None:
        """Where a GRUU leads that the peer of a dialog gave as its Contact: a `voicecore.sip.whereabouts.Find`."""
        instance = self.instance_of(uri)
        if instance is None or not instance.bindings:
            return None
        hops = [binding.flow.hop for binding in instance.bindings]
        if named_from is not None and all(hop.remote.host != named_from.remote.host for hop in hops):
            return None
        newest = instance.bindings[0]
        routes = tuple([NameAddr.parse(route) for route in newest.flow.path])
        return Whereabouts(newest.target, newest.flow.hop, routes)

    def registered(self, now: float) -> int:
        return len(self._service.registrar.bindings(now))

    def receive(self, request: Request, hop: Hop, now: float) -> Reply:
        """A REGISTER."""
        self._touched()
        answer = self._service.receive(request, hop, now)
        facts: list[RegistrarFact] = []
        for fact in self._service.poll():
            if isinstance(fact, FailedLogin):
                self.failed(fact, hop, now)
            else:
                facts.append(fact)
        self.follow(facts)
        return Reply(answer.status, answer.reason, answer.headers)

    def connection_closed(self, transport: Transport, remote: Address) -> None:
        self._service.registrar.connection_closed(transport, remote)
        self.used()

    def handle_timer(self, now: float) -> None:
        self._service.registrar.handle_timer(now)
        self._drain()

    def next_timer(self) -> float | None:
        return self._service.registrar.next_timer()

    def used(self) -> None:
        """Somebody else used the registrar."""
        self._touched()
        self._drain()

    def _drain(self) -> None:
        self.follow([fact for fact in self._service.poll() if not isinstance(fact, FailedLogin)])

    def follow(self, facts: Sequence[RegistrarFact]) -> None:
        """What happened to bindings."""
        for fact in facts:
            match fact:
                case Registered(binding):
                    self._enter(binding)
                case Refreshed(binding, before):
                    self._leave(before)
                    self._enter(binding)
                case Unregistered(binding) | Expired(binding):
                    self._leave(binding)
        if facts:
            self._told(facts)

    def restored(self, facts: Sequence[RegistrarFact], now: float) -> None:
        """The store gave the registrar its bindings back after a restart; `facts`: what became of the others."""
        for binding in self._service.registrar.bindings(now):
            self._enter(binding)
        if facts:
            self._told(facts)

    def _enter(self, binding: Binding) -> None:
        place = _place(binding)
        self._places[place] += 1
        if _needs_pings(binding):
            self._pinged[place] += 1
            if self._pinged[place] == 1:
                self._keep_alive(binding.flow.hop, KEEP_ALIVE_S)

    def _leave(self, binding: Binding) -> None:
        place = _place(binding)
        _take_off(self._places, place)
        if _needs_pings(binding):
            _take_off(self._pinged, place)
            if place not in self._pinged:
                self._keep_alive(binding.flow.hop, None)


def _take_off(counts: Counter[Place], place: Place) -> None:
    counts[place] -= 1
    if counts[place] <= 0:
        del counts[place]


def _needs_pings(binding: Binding) -> bool:
    """Whether a NAT forgets the way to a phone that says nothing between its REGISTERs. With outbound it pings us."""
    return binding.flow.hop.transport == "UDP" and binding.is_behind_nat and not binding.flow.is_outbound


def _place(binding: Binding) -> Place:
    hop = binding.flow.hop
    return hop.transport, hop.remote
