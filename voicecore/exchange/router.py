"""The ways to somebody: the phones of an account, the servers of a trunk, or a SIP URI as it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import structlog

from voicecore.calls.destination import Directory, ToParty
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.calls.route import Permit, Purpose, Stage, Way
from voicecore.errors import PeerError, Unavailable
from voicecore.exchange.books import Books, payer_of
from voicecore.exchange.directory import INSTANCE, NUMBER, PHONE
from voicecore.exchange.identity import Signing
from voicecore.exchange.phones import Phones
from voicecore.guard.fraud import Payer
from voicecore.ids import LegId
from voicecore.registrar.account import Account
from voicecore.registrar.binding import Binding
from voicecore.registrar.gruu import instance_key, newest_first
from voicecore.sdp.codecs import Codec, by_label
from voicecore.sip.call_options import CallOptions
from voicecore.sip.call_options import Use as Option
from voicecore.sip.destination import is_ip_literal
from voicecore.sip.hop import DEFAULT_PORTS, WEB_SOCKET, Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.server_location import Candidate
from voicecore.sip.uri import Uri
from voicecore.trunks.board import TrunkBoard
from voicecore.trunks.caller_id import ANONYMOUS, CallerId, shown
from voicecore.trunks.choice import Outcome, may_fail_over
from voicecore.trunks.number import Barred, Destination, destination
from voicecore.trunks.trunk import Failover, SessionPolicy, Trunk, TrunkName, Use

_log = structlog.get_logger(__name__)

FLOW_FAILED = 430
SAME_SERVER_AGAIN = (408, 503)
"""After these another address of the same server is tried (RFC 3263, 4.3)."""

PATIENCE_S = 6.0
"""Without a sign of life for so long the next server is tried: four repeats of an INVITE went unheard."""

_PLAIN = frozenset({"UDP", "TCP"})

_OPTIONS = {Use.OFF: Option.OFF, Use.ACCEPT: Option.SUPPORTED, Use.REQUIRE: Option.REQUIRED}


class Locator(Protocol):
    """Finds the addresses of a URI (RFC 3263). Raises Unavailable or PeerError."""

    async def locate(self, uri: Uri) -> tuple[Candidate, ...]: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where our calls come from. `identity` is the SIP URI in From of calls that show nobody else."""

    listening: tuple[tuple[Transport, Address], ...]
    domain: str
    identity: str | None = None

    def hop_to(self, candidate: Candidate) -> Hop | None:
        """From a socket of ours with the candidate's transport and family; None: there is none."""
        for transport, address in self.listening:
            if transport == candidate.transport and (":" in address.host) == (":" in candidate.address):
                remote = Address(candidate.address, candidate.port)
                return Hop(transport, address, remote, candidate.server_name)
        return None


@dataclass(slots=True)
class _Started:
    """Whether a call was counted among the starts of a trunk: at each further server it goes on."""

    is_counted: bool = False


class ExchangeRouter:
    """Implements `voicecore.calls.route.Router`."""

    def __init__(
        self,
        origin: Origin,
        locator: Locator,
        phones: Phones,
        board: TrunkBoard,
        trunks: Sequence[Trunk],
        books: Books,
        clock: Callable[[], float],
        directory: Directory,
        domains: Collection[str],
        signing: Signing | None = None,
    ) -> None:
        """`domains` are the hosts at which a phone's URI means a name or number of ours."""
        self._origin = origin
        self._locator = locator
        self._phones = phones
        self._board = board
        self._trunks: Mapping[TrunkName, Trunk] = {trunk.name: trunk for trunk in trunks}
        self._books = books
        self._clock = clock
        self._directory = directory
        self._domains = frozenset(domains)
        self._signing = signing

    def route(self, target: str, call: Purpose) -> AsyncIterator[Stage]:
        """`phone:ACCOUNT`, `phone:ACCOUNT;gr=INSTANCE`, `tel:NUMBER`, `tel:NUMBER;trunk=NAME`, or a SIP URI."""
        if target.startswith(PHONE):
            name, _, instance = target.removeprefix(PHONE).partition(INSTANCE)
            return self._to_phone(name, instance, call)
        if target.startswith(NUMBER):
            number, _, trunk = target.removeprefix(NUMBER).partition(";trunk=")
            return self._to_number(number, trunk, call)
        return self._to_uri(Uri.parse(target))

    def diverted(self, uri: Uri, diverter: Party) -> str | None:
        """Only an account's phone may, only to a name or number at a host of ours, as if the account dialled it."""
        if diverter.kind is not PartyKind.ACCOUNT or uri.host not in self._domains:
            return None
        found = self._directory.find(uri, diverter, self._clock())
        return found.target if isinstance(found, ToParty) else None

    async def _to_phone(self, name: str, instance: str, call: Purpose) -> AsyncIterator[Stage]:
        """All phones of the account together; the best ones alone first, where the phones say so (q).

        With an instance only that one. Of the flows of one phone one is tried at a time (RFC 5626, 7).
        """
        account = self._phones.account(name)
        if account is None:
            raise Unavailable(f"there is no account {name}")
        bindings = self._phones.bindings(account, self._clock())
        if instance:
            bindings = newest_first(bindings, instance)
        if not bindings:
            raise Unavailable(f"no phone of {name} is registered")
        party = Party(PartyKind.GUEST if account.is_guest else PartyKind.ACCOUNT, account.name)
        from_ = self._shown_inside(call)
        if instance or _are_of_one_phone(bindings):
            for binding in bindings if bindings[0].flow.is_outbound else bindings[:1]:
                yield Stage((self._to_binding(binding, from_, party),), _flow_failed)
            return
        bindings = _one_flow_each(bindings)
        for q in sorted({binding.q for binding in bindings}, reverse=True):
            ways = [self._to_binding(binding, from_, party) for binding in bindings if binding.q == q]
            yield Stage(tuple(ways), lambda status, rang: status < 600)

    async def _to_number(self, number: str, trunk_name: str, call: Purpose) -> AsyncIterator[Stage]:
        carried = False
        for trunk in self._trunks_for(trunk_name):
            found = destination(number, trunk.outgoing)
            if isinstance(found, Barred):
                continue
            carried = True
            async for stage in self._over(trunk, found, call):
                yield stage
        if not carried:
            raise Unavailable(f"no trunk may call {number}")

    def _trunks_for(self, name: str) -> Sequence[Trunk]:
        if not name:
            return tuple(self._trunks.values())
        trunk = self._trunks.get(TrunkName(name))
        if trunk is None:
            raise PeerError(f"there is no trunk {name}", status=404)
        return (trunk,)

    async def _over(self, trunk: Trunk, number: Destination, call: Purpose) -> AsyncIterator[Stage]:
        """The servers of a trunk by priority, each with all its addresses."""
        identity = shown(self._caller_id(call), trunk.outgoing)
        payer, started = payer_of(call), _Started()
        for server in self._board.choose(trunk.name):
            try:
                ways = await self._ways(server.uri, identity.from_)
            except (Unavailable, PeerError) as error:
                _log.warning(
                    "trunk server not found", trunk=trunk.name, server=str(server.uri), error=str(error)
                )
                continue
            target = server.uri._replace(user=number.wire)
            signed = (
                ()
                if self._signing is None
                else self._signing.fields(identity.from_.uri, target, call.accountable)
            )
            leave = partial(self._leave, started, payer, trunk.name, server.uri, number.number)
            for way in ways:
                dressed = replace(
                    way,
                    target=target,
                    headers=(*identity.headers, *signed),
                    answerer=self._board.digest(trunk.name),
                    codecs=codecs_of(trunk.session),
                    party=Party(PartyKind.TRUNK, trunk.name),
                    options=options_of(trunk.session),
                    permit=leave,
                    country=trunk.outgoing.numbers.country,
                )
                yield Stage((dressed,), partial(_fails_over, trunk.outgoing.failover), PATIENCE_S)

    def _leave(
        self, started: _Started, payer: Payer | None, trunk: TrunkName, server: Uri, number: str, leg: LegId
    ) -> Permit:
        permit = self._books.outbound(leg, payer, trunk, server, number, starts=not started.is_counted)
        started.is_counted = True
        return permit

    async def _to_uri(self, uri: Uri) -> AsyncIterator[Stage]:
        for way in await self._ways(uri, None):
            yield Stage((way,), lambda status, rang: not rang and status in SAME_SERVER_AGAIN, PATIENCE_S)

    async def _ways(self, uri: Uri, from_: NameAddr | None) -> list[Way]:
        if not uri.host:
            raise PeerError(f"{uri} names no host to call", status=416)
        ways = []
        for candidate in await self._locator.locate(uri):
            hop = self._origin.hop_to(candidate)
            if hop is not None:
                ours = from_ or NameAddr.parse(f"<{self._origin.identity or f'sip:voicecore@{hop.local}'}>")
                ways.append(Way(uri, hop, ours, party=STRANGER))
        if not ways:
            raise Unavailable(f"no socket of ours can reach {uri.host}: add one to [sip] listen")
        return ways

    def _to_binding(self, binding: Binding, from_: NameAddr, party: Party) -> Way:
        return Way(
            binding.target,
            binding.flow.hop,
            callable_back(from_, binding.flow.hop, self._origin.domain),
            headers=tuple([("Route", route) for route in binding.flow.path]),
            is_symmetric=binding.is_behind_nat,
            party=party,
            is_browser=binding.flow.hop.transport in WEB_SOCKET,
        )

    def _shown_inside(self, call: Purpose) -> NameAddr:
        """Phones of ours see who calls: its number at our domain, so that calling back works.

        Who proved nothing is shown at the host that it names itself, never at ours.
        """
        if call.hides_caller:
            return ANONYMOUS
        account = self._account(call.party)
        if account is not None:
            user = (account.numbers or (account.name,))[0]
            return NameAddr(_name_of(account, call), Uri("sip", user, host=self._origin.domain))
        caller = Uri.parse(call.caller)
        if caller.is_sip:
            caller = Uri("sip", caller.user or "anonymous", host=caller.host or self._origin.domain)
        return NameAddr(call.caller_name, caller)

    def _caller_id(self, call: Purpose) -> CallerId:
        account = self._account(call.accountable)
        if account is not None:
            number = account.caller_id or (account.numbers or (account.name,))[0]
            return CallerId(number, _name_of(account, call), call.hides_caller)
        return CallerId(Uri.parse(call.caller).user, call.caller_name, call.hides_caller)

    def _account(self, party: Party) -> Account | None:
        return self._phones.account(party.name) if party.kind is PartyKind.ACCOUNT else None


def callable_back(from_: NameAddr, hop: Hop, domain: str) -> NameAddr:
    """From with our port, where our domain is only an address and the phone would take 5060 (RFC 3261, 19.1.2).

    The port of a name is DNS's to say; over TLS and WebSocket a phone calls back the way that it registered.
    """
    uri = from_.uri
    if uri.host != domain or uri.port is not None or hop.transport not in _PLAIN or not is_ip_literal(domain):
        return from_
    port = hop.local.port
    return from_ if port == DEFAULT_PORTS[hop.transport] else from_._replace(uri=uri._replace(port=port))


def _name_of(account: Account, call: Purpose) -> str:
    """Of an account that a leg shows as its caller: what a phone of it says counts where it is the caller itself."""
    is_caller = Uri.parse(call.caller).user == account.name
    return account.caller_name or (call.caller_name if is_caller else "")


def _fails_over(failover: Failover, status: int, rang: bool) -> bool:
    """To the next address of a server, or the next server of a trunk."""
    return may_fail_over(Outcome(status, rang), failover) or (not rang and status in SAME_SERVER_AGAIN)


def _flow_failed(status: int, rang: bool) -> bool:
    """Whether another flow to the same phone may do better (RFC 5626, 5.3 and 11.2)."""
    return not rang and status in (*SAME_SERVER_AGAIN, FLOW_FAILED)


def _are_of_one_phone(bindings: Sequence[Binding]) -> bool:
    return all(one.flow.is_outbound for one in bindings) and len(_one_flow_each(bindings)) == 1


def _one_flow_each(bindings: Sequence[Binding]) -> list[Binding]:
    """All but the older flows of phones that keep several."""
    newest: dict[str, Binding] = {}
    for one in bindings:
        key = instance_key(one.flow.instance or "") if one.flow.is_outbound else one.id
        if key not in newest or one.lease.refreshed > newest[key].lease.refreshed:
            newest[key] = one
    return list(newest.values())


def codecs_of(session: SessionPolicy) -> tuple[Codec, ...] | None:
    """The codecs of a trunk, in its order; None where it names none that we have."""
    return tuple(codec for label in session.codecs if (codec := by_label(label))) or None


def options_of(session: SessionPolicy) -> CallOptions:
    return CallOptions(
        reliable=_OPTIONS[session.reliable_provisionals],
        timer=_OPTIONS[session.session_timer],
        session_expires=session.session_expires_s,
    )
