"""What phones of accounts ask beside calls and registrations: SUBSCRIBE and MESSAGE, once they proved who they are."""

from __future__ import annotations

from collections.abc import Callable

from voicecore.calls.party import Party, PartyKind
from voicecore.exchange.subscription_runner import SubscriptionRunner
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.binding import Aor as RegistrarAor
from voicecore.registrar.binding import Binding
from voicecore.registrar.gruu import is_gruu, public_gruu
from voicecore.registrar.registrar import Registrar, RegistrarAnswer
from voicecore.registrar.service import RegistrarService
from voicecore.sip.output import RequestReceived
from voicecore.sip.uri import Uri
from voicecore.subscriptions.addressee import addressee
from voicecore.subscriptions.resource import Aor, ObservedContact, Resource
from voicecore.subscriptions.text_message import Reach
from voicecore.transport.sip_runner import SipRunner

PROVED = (PartyKind.ACCOUNT, PartyKind.GUEST)
"""Who proved a password of the registrar's."""
METHODS = frozenset({"SUBSCRIBE", "MESSAGE"})


class AccountDirectory:
    """The accounts of a registrar, as the room `subscriptions` knows them."""

    def __init__(self, registrar: Registrar, accounts: Accounts) -> None:
        self._registrar = registrar
        self._accounts = accounts

    def aor_named(self, name: str) -> Aor | None:
        """The address of the account of this name."""
        account = self._accounts.named(name)
        return None if account is None else self.resource(account).aor

    def resource(self, account: Account) -> Resource:
        return Resource(account.name, Aor(self._registrar.aor_of(account)))

    def resource_of(self, uri: Uri) -> Resource | None:
        """Whom a URI of our domains names, by account or by number."""
        account = self._registrar.account_of(uri)
        return None if account is None else self.resource(account)

    def is_registered(self, aor: Aor, now: float) -> bool:
        return bool(self._registrar.lookup(RegistrarAor(aor), now))

    def contacts(self, aor: Aor, now: float) -> list[ObservedContact]:
        """Where an account is registered, for those who watch that."""
        return [_observed(one) for one in self._registrar.lookup(RegistrarAor(aor), now)]

    def reaches(self, uri: Uri, now: float) -> list[Reach]:
        """The phones of whom a URI names, the best first; of a GRUU that one alone, and none of nobody."""
        if is_gruu(uri):
            instance = self._registrar.instance_of(uri)
            found = [] if instance is None else list(instance.bindings[:1])
        else:
            account = self._registrar.account_of(uri)
            found = [] if account is None else self._registrar.lookup(self._registrar.aor_of(account), now)
        return [Reach(binding.target, binding.flow.hop, binding.flow.path) for binding in found]


def _observed(binding: Binding) -> ObservedContact:
    instance, lease, origin = binding.flow.instance or "", binding.lease, binding.origin
    return ObservedContact(
        binding.id,
        str(binding.contact.uri),
        binding.q,
        origin.call_id,
        origin.cseq,
        lease.registered,
        lease.refreshed,
        lease.expires,
        binding.contact.display,
        instance,
        str(public_gruu(Uri.parse(binding.aor), instance)) if instance else "",
    )


class PhoneRequests:
    """Give it every request of `METHODS`, outside of calls or within them; each is answered, sooner or later."""

    def __init__(
        self,
        sip: SipRunner,
        service: RegistrarService,
        accounts: Accounts,
        directory: AccountDirectory,
        runner: SubscriptionRunner,
        clock: Callable[[], float],
    ) -> None:
        self._sip = sip
        self._service = service
        self._accounts = accounts
        self._directory = directory
        self._runner = runner
        self._clock = clock

    def receive(self, received: RequestReceived, party: Party) -> None:
        """`party` is what the gate found out; within dialogs it was not asked, and the password is asked here."""
        now = self._clock()
        proved = self._accounts.named(party.name) if party.kind in PROVED else None
        if proved is None and received.dialog is None:
            self._sip.answer(received.id, 403, keep=False)
            return
        account = proved or self._service.authenticate(received.request, received.hop, now)
        if isinstance(account, RegistrarAnswer):
            self._sip.answer(
                received.id, account.status, reason=account.reason, headers=account.headers, keep=account.keep
            )
        elif received.request.method == "SUBSCRIBE":
            self._runner.subscribe(received, account.name)
        else:
            to = addressee(received)
            recipient, sender = self._directory.resource_of(to), self._directory.resource(account)
            self._runner.message(received, sender, recipient, self._directory.reaches(to, now))
