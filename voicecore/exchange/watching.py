"""Phones that watch each other: the calls and registrations of accounts, told to whoever subscribed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicecore.calls.leg import Leg
from voicecore.calls.party import Party
from voicecore.exchange.phone_requests import AccountDirectory, PhoneRequests
from voicecore.exchange.pickups import Pickups
from voicecore.exchange.subscription_runner import SubscriptionRunner
from voicecore.exchange.watched_legs import WatchedLegs
from voicecore.registrar.account import Accounts
from voicecore.registrar.facts import RegistrarFact, Removal, Unregistered
from voicecore.registrar.registrar import Registrar
from voicecore.registrar.service import RegistrarService
from voicecore.sip.output import Output, RequestAnswered, RequestReceived
from voicecore.sip.values.replaces import Replaces
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.desk import SubscriptionDesk
from voicecore.subscriptions.message_desk import MessageDesk
from voicecore.subscriptions.policy import WatchPolicy
from voicecore.subscriptions.resource import Aor
from voicecore.subscriptions.settings import MessageRules, SubscriptionRules
from voicecore.transport.sip_runner import SipRunner

_WHY_GONE = {
    Removal.PHONE: "unregistered",
    Removal.CROWDED_OUT: "rejected",
    # RFC 3680, 5.3.2: who hears this registers anew at once.
    Removal.CONNECTION_CLOSED: "deactivated",
    Removal.NO_ACCOUNT: "rejected",
}


class PhoneWatching:
    """Made before the SIP runner, which `start` brings; until then nothing is asked of it."""

    def __init__(
        self,
        registrar: Registrar,
        service: RegistrarService,
        accounts: Accounts,
        rules: SubscriptionRules,
        watch: Callable[[str], Sequence[str] | None],
        clock: Callable[[], float],
        pickup: Callable[[str], Sequence[str]],
        token: Callable[[int], str],
    ) -> None:
        """`watch`: whom an account may watch beside itself; None: all. `pickup`: whose calls it may pick up."""
        self._service = service
        self._accounts = accounts
        self._clock = clock
        self._directory = AccountDirectory(registrar, accounts)
        self.board = StateBoard(self._directory.is_registered, self._directory.contacts)
        policy = WatchPolicy(watch, pickup)
        self.pickups = Pickups(policy, token)
        self._desk = SubscriptionDesk(rules, policy, self.board, self._directory.resource_of)
        self._watched = WatchedLegs(self.board, self._directory.aor_named, self.changed, self.pickups.key_of)
        self._runner: SubscriptionRunner | None = None
        self._requests: PhoneRequests | None = None

    def start(self, sip: SipRunner) -> None:
        self._runner = SubscriptionRunner(sip, self._desk, MessageDesk(MessageRules()))
        self._requests = PhoneRequests(
            sip, self._service, self._accounts, self._directory, self._runner, self._clock
        )

    async def stop(self) -> None:
        """Every watcher is told that its subscription is over."""
        if self._runner is not None:
            await self._runner.end_all()
            self._runner.close()

    def seen(self, output: Output) -> None:
        """Every output of the SIP stack, after its owner had it."""
        # Both are asked only where it may concern them: there are eight outputs a call.
        if self._watched.call_ids:
            self._watched.receive(output)
        if isinstance(output, RequestAnswered) and self._runner is not None:
            self._runner.receive(output)

    def follow(self, facts: Sequence[RegistrarFact]) -> None:
        """What happened to registrations."""
        for fact in facts:
            aor = Aor(fact.binding.aor)
            if isinstance(fact, Unregistered):
                self.board.contact_gone(aor, fact.binding.id, _WHY_GONE[fact.why])
            self.changed(aor)

    def changed(self, aor: Aor) -> None:
        if self._runner is not None:
            self._runner.changed(aor)

    # -- for the reception ------------------------------------------------------------------------
    def message_light(self, account: str, new: int, old: int) -> bool:
        """Tells the phones of an account how many voice messages wait. False where there is no such account."""
        aor = self._directory.aor_named(account)
        if aor is None:
            return False
        if self.board.set_messages(aor, new, old):
            self.changed(aor)
        return True

    def joined(self, leg: Leg) -> None:
        self.pickups.joined(leg)
        self._watched.register(leg)

    def left(self, leg: Leg) -> None:
        self._watched.forget(leg)
        self.pickups.left(leg)

    def ringing_at(self, account: str | None, party: Party) -> Leg | None:
        return self.pickups.at(account, party)

    def ringing_as(self, replaces: Replaces, party: Party) -> Leg | None:
        return self.pickups.named(replaces, party)

    def receive(self, received: RequestReceived, party: Party) -> None:
        """A SUBSCRIBE or MESSAGE."""
        if self._requests is not None:
            self._requests.receive(received, party)
