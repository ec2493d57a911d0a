"""The exchange of one server: its parts, wired, with their timers."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from voicecore.calls.numbers import NumberTable
from voicecore.calls.party import Party, PartyKind
from voicecore.clock import Clock
from voicecore.exchange.alarm_clock import AlarmClock
from voicecore.exchange.books import Books, fraud_settings_with
from voicecore.exchange.directory import ExchangeDirectory
from voicecore.exchange.gate import ExchangeGate, Surroundings
from voicecore.exchange.guest_phones import GuestPhones
from voicecore.exchange.identity import Screening, Signing
from voicecore.exchange.load import LoopLateness
from voicecore.exchange.phones import Phones
from voicecore.exchange.pickups import PickupCodes
from voicecore.exchange.reception import ExchangeReception
from voicecore.exchange.router import ExchangeRouter, Locator, Origin
from voicecore.exchange.trunk_keeper import Ask, TrunkKeeper
from voicecore.exchange.watching import PhoneWatching
from voicecore.guard.bans import Banned
from voicecore.guard.fraud_settings import FraudSettings
from voicecore.guard.guard import Guard
from voicecore.guard.ledger import Ledger
from voicecore.guard.rates import Load
from voicecore.guard.settings import GuardSettings
from voicecore.guard.stir.settings import StirMode
from voicecore.guard.stir.signing import Signer
from voicecore.guard.stir.verifier import Verifier
from voicecore.ids import TokenSource
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.binding import Binding
from voicecore.registrar.facts import Refreshed, Registered, RegistrarFact
from voicecore.registrar.guests import Guests
from voicecore.registrar.persistence import keep, restore
from voicecore.registrar.registrar import Registrar
from voicecore.registrar.rules import RegistrarRules
from voicecore.registrar.service import RegistrarService
from voicecore.sip.authenticator import Authenticator, PasswordHashes
from voicecore.sip.hop import RELIABLE, WEB_SOCKET, Hop
from voicecore.sip.uri import Uri
from voicecore.store.bindings import BindingStore
from voicecore.subscriptions.settings import SubscriptionRules
from voicecore.transport.sip_runner import SipRunner
from voicecore.trunks.board import TrunkBoard
from voicecore.trunks.status import TrunkState, TrunkStatus
from voicecore.trunks.trunk import Trunk, TrunkName

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """What a site says about who may call whom. Without anything: nobody registers, no trunk, and only this
    machine itself may call the numbers of the table.
    """

    rules: RegistrarRules
    realm: str = "voicecore"
    algorithms: tuple[str, ...] = ("MD5", "SHA-256")
    accounts: tuple[Account, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    passwords: Mapping[TrunkName, str] = field(default_factory=dict, repr=False)
    """What we prove to carriers."""
    inbound_passwords: Mapping[TrunkName, str] = field(default_factory=dict, repr=False)
    """What carriers prove to us."""
    guard: GuardSettings = field(default_factory=GuardSettings)
    fraud: FraudSettings = field(default_factory=FraudSettings)
    stir: StirMode = StirMode.OFF
    subscriptions: SubscriptionRules = field(default_factory=SubscriptionRules)
    watch: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Whom each account may watch beside itself."""
    pickup: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Whose calls each account may pick up beside its own."""
    pickup_codes: PickupCodes = field(default_factory=PickupCodes)
    guests: int = 200
    """Short-lived accounts at a time."""


@dataclass(frozen=True, slots=True)
class Machinery:
    """What the exchange needs of the machine around it."""

    clock: Clock
    origin: Origin
    locator: Locator
    certificate_names: Callable[[Hop], Collection[str]]
    hold: Callable[[Hop, float], None]
    """Spares the silent connection of a registered phone for so many seconds."""
    keep_alive: Callable[[Hop, float | None], None]
    """Has the way to a carrier, or to a phone behind a NAT, used so often, or no longer."""
    verifier: Verifier | None = None
    signer: Signer | None = None
    changed: Callable[[], None] = lambda: None
    """Something about trunks is new."""
    waited_s: Callable[[], float] = lambda: 0.0
    """How long the oldest datagram has waited to be read."""


class Exchange:
    """Made before the SIP stack, which asks its gate; `start` when the stack runs."""

    def __init__(self, settings: ExchangeSettings, numbers: NumberTable, machinery: Machinery) -> None:
        clock = machinery.clock
        self._settings = settings
        self._machinery = machinery
        self._store: BindingStore | None = None
        self._lateness = LoopLateness(machinery.waited_s)
        self._keeper: TrunkKeeper | None = None
        self._is_settling = self._is_closed = False
        self.browser_registered: Callable[[Party, Uri, Hop], None] = lambda party, contact, hop: None
        """Called with the account, the contact and the connection of each REGISTER that came over a WebSocket."""
        self.closing: list[Callable[[], None]] = []
        """Called when the exchange closes."""
        self._load: Callable[[], tuple[int, int]] = lambda: (0, 0)
        accounts, token = Accounts(settings.accounts), TokenSource()
        self.guard = Guard(settings.guard)
        self.guard.protect(network for trunk in settings.trunks for network in trunk.identification.addresses)
        self.board = TrunkBoard(
            settings.trunks, settings.passwords, clock.now(), random=random.random, token=token
        )
        by_user = _trunk_accounts(settings)
        authenticator = Authenticator(
            settings.realm,
            lambda name: accounts.hashes(name) or by_user.get(name, (None, None))[1],
            key=secrets.token_bytes(32),
            random=secrets.token_bytes,
            algorithms=settings.algorithms,
            hosts=settings.rules.domains,
        )
        self._registrar = Registrar(settings.rules, accounts, token)
        service = RegistrarService(self._registrar, authenticator, accounts, clock.wall)
        self.phones = Phones(service, accounts, self._bindings_changed, self.touch, machinery.keep_alive)
        guests = Guests(accounts, self._registrar, settings.guests)
        self.guest_phones = GuestPhones(
            guests, self._registrar, self.phones, settings.realm, token, clock.now
        )
        self.watching = PhoneWatching(
            self._registrar,
            service,
            accounts,
            settings.subscriptions,
            self._watched_by,
            clock.now,
            lambda name: settings.pickup.get(name, ()),
            token,
        )
        fraud = fraud_settings_with(settings.fraud, settings.accounts)
        self._books = Books(Ledger(fraud, clock.now()), self.board, clock.now, clock.wall, self.touch)
        directory = ExchangeDirectory(
            numbers, self.phones, settings.trunks, self.guard, self._books.may_call, settings.pickup_codes
        )
        surroundings = Surroundings(
            machinery.certificate_names,
            self._loaded,
            directory.is_ours,
            {user: trunk for user, (trunk, _) in by_user.items() if trunk is not None},
        )
        self.gate = ExchangeGate(self.guard, self.board, self.phones, authenticator, surroundings, self.touch)
        self.phones.failed = self.gate.login_failed
        signing = None if machinery.signer is None else Signing(machinery.signer, _seconds(clock))
        self.router = ExchangeRouter(
            machinery.origin,
            machinery.locator,
            self.phones,
            self.board,
            settings.trunks,
            self._books,
            clock.now,
            directory,
            settings.rules.domains,
            signing,
        )
        self.reception = ExchangeReception(
            directory,
            self.phones,
            settings.trunks,
            self._books,
            clock.now,
            machinery.origin.domain,
            None if machinery.verifier is None else self._screening(machinery.verifier),
            self.watching,
        )
        self._alarms = (
            AlarmClock(clock, self.phones.next_timer, self.phones.handle_timer),
            AlarmClock(clock, self.guest_phones.next_timer, self.guest_phones.handle_timer),
            AlarmClock(clock, self._books.next_timer, self._books.handle_timer),
            AlarmClock(clock, self.guard.next_timer, self._guard_woken),
        )

    async def start(
        self,
        sip: SipRunner,
        ask: Ask,
        group: asyncio.TaskGroup,
        *,
        store: BindingStore | None = None,
        load: Callable[[], tuple[int, int]] = lambda: (0, 0),
    ) -> None:
        """Gives registered phones back after a restart, and calls the carriers.

        `load` tells calls and transactions. Raises Unavailable when the store cannot be read.
        """
        machinery, self._load, self._store = self._machinery, load, store
        if store is not None:
            listening = {address for _, address in machinery.origin.listening}
            clock = machinery.clock
            facts = await restore(self._registrar, store, clock, clock.now(), listening)
            self.phones.restored(facts, clock.now())
        self._keeper = TrunkKeeper(
            self.board,
            machinery.locator,
            machinery.origin,
            ask,
            sip.contact,
            machinery.clock,
            group,
            changed=machinery.changed,
            keep_alive=machinery.keep_alive,
        )
        self._keeper.start()
        self.watching.start(sip)
        self.settle()

    async def stop(self) -> None:
        """Watchers and carriers are told that we are gone."""
        await self.watching.stop()
        if self._keeper is not None:
            await self._keeper.stop()

    def close(self) -> None:
        self._is_closed = True
        self._lateness.close()
        for end in self.closing:
            end()
        for alarm in self._alarms:
            alarm.close()

    # -- what comes in ----------------------------------------------------------------------------
    def admits(self, hop: Hop) -> bool:
        """Whether a packet or a connection is looked at, before anything is read of it."""
        return self.guard.admits(hop, self._machinery.clock.now())

    def connection_lost(self, hop: Hop) -> None:
        if hop.transport in RELIABLE:
            self.phones.connection_closed(hop.transport, hop.remote)

    def touch(self) -> None:
        """A machine was used: `settle` follows in the next turn of the loop, once for all of this one."""
        if not self._is_settling:
            self._is_settling = True
            asyncio.get_running_loop().call_soon(self.settle)

    def settle(self) -> None:
        """The machines' timers are armed, and what happened is told."""
        self._is_settling = False
        if self._is_closed:
            return
        for alarm in self._alarms:
            alarm.arm()
        for fact in self.guard.poll():
            if isinstance(fact, Banned):
                _log.warning("source banned", personal_peer=str(fact.source), why=fact.why.value)
        if self._keeper is not None:
            self._keeper.drain()

    @property
    def domain(self) -> str:
        """Of the addresses-of-record of our phones."""
        return self._settings.rules.domains[0]

    def registrations(self) -> int:
        """Bindings of phones now."""
        return self.phones.registered(self._machinery.clock.now())

    def trunks_up(self) -> dict[str, bool]:
        return {one.name: one.state is TrunkState.UP for one in self.trunk_status()}

    def bans(self) -> int:
        """Addresses that are banned now."""
        return len(self.guard.bans.bans())

    def trunk_status(self) -> Sequence[TrunkStatus]:
        return self.board.status(self._machinery.clock.wall)

    # -- inside -----------------------------------------------------------------------------------
    def _watched_by(self, name: str) -> Sequence[str] | None:
        """Whom an account may watch beside itself; a guest nobody."""
        return () if self.phones.is_guest(name) else self._settings.watch.get(name)

    def _guard_woken(self, now: float) -> None:
        self.guard.handle_timer(now)
        self.settle()

    def _loaded(self) -> Load:
        calls, transactions = self._load()
        # The engine refuses by itself: a leg without a port is answered with 503.
        return Load(self._lateness.seconds, calls, transactions, engine_admits=True)

    def _bindings_changed(self, facts: Sequence[RegistrarFact]) -> None:
        clock = self._machinery.clock
        for fact in facts:
            if isinstance(fact, Registered | Refreshed):
                binding = fact.binding
                self._machinery.hold(binding.flow.hop, binding.lease.expires - clock.now())
                self._tell_browser(binding)
        self.watching.follow(facts)
        if self._store is not None:
            keep(facts, self._store, clock)

    def _tell_browser(self, binding: Binding) -> None:
        account = self.phones.account(Uri.parse(binding.aor).dialled)
        if account is not None and binding.flow.hop.transport in WEB_SOCKET:
            party = Party(PartyKind.GUEST if account.is_guest else PartyKind.ACCOUNT, account.name)
            self.browser_registered(party, binding.contact.uri, binding.flow.hop)

    def _screening(self, verifier: Verifier) -> Screening:
        return Screening(
            verifier,
            self._settings.stir,
            _seconds(self._machinery.clock),
            lambda party: self.reception.is_trusted(party),
        )


def _trunk_accounts(
    settings: ExchangeSettings,
) -> dict[str, tuple[TrunkName | None, PasswordHashes | None]]:
    """What carriers prove, by user name. A name that an account has too is the account's."""
    taken = {account.name for account in settings.accounts}
    found: dict[str, tuple[TrunkName | None, PasswordHashes | None]] = {}
    for trunk in settings.trunks:
        account, password = trunk.identification.account, settings.inbound_passwords.get(trunk.name)
        if account is not None and password is not None and account.username not in taken:
            hashes = PasswordHashes.of(account.username, settings.realm, password)
            found[account.username] = (trunk.name, hashes)
    return found


def _seconds(clock: Clock) -> Callable[[], float]:
    return lambda: clock.wall().timestamp()
