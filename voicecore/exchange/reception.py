"""What is decided about a caller before a flow meets it: implements `voicecore.calls.reception.Reception`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from voicecore.calls.active_call import Script
from voicecore.calls.destination import Denied, Directory
from voicecore.calls.leg import Leg
from voicecore.calls.numbers import NumberEntry
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.calls.reception import CONNECT, shown_name
from voicecore.calls.requests import REFUSED, Reply
from voicecore.calls.route import FREE, Permit
from voicecore.errors import PeerError
from voicecore.exchange.books import Books
from voicecore.exchange.directory import INSTANCE, PHONE
from voicecore.exchange.identity import Screening
from voicecore.exchange.phones import Phones
from voicecore.exchange.router import options_of
from voicecore.registrar.gruu import is_gruu
from voicecore.sip.call_options import DEFAULT, CallOptions
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import RequestReceived
from voicecore.sip.uri import Uri
from voicecore.sip.values.replaces import Replaces
from voicecore.trunks.caller_id import ANONYMOUS, caller_of
from voicecore.trunks.trunk import Trunk, TrunkName


class Watching(Protocol):
    """Who tells phones about each other: knows the legs that live, and answers SUBSCRIBE and MESSAGE."""

    def message_light(self, account: str, new: int, old: int) -> bool: ...
    def joined(self, leg: Leg) -> None: ...
    def left(self, leg: Leg) -> None: ...
    def ringing_at(self, account: str | None, party: Party) -> Leg | None: ...
    def ringing_as(self, replaces: Replaces, party: Party) -> Leg | None: ...
    def receive(self, received: RequestReceived, party: Party) -> None: ...


class ExchangeReception:
    def __init__(
        self,
        directory: Directory,
        phones: Phones,
        trunks: Sequence[Trunk],
        books: Books,
        clock: Callable[[], float],
        domain: str,
        screening: Screening | None,
        watching: Watching,
    ) -> None:
        """`domain` is ours, for the URIs of callers that carriers name by number."""
        self.directory = directory
        self._phones = phones
        self._trunks: Mapping[TrunkName, Trunk] = {trunk.name: trunk for trunk in trunks}
        self._books = books
        self._clock = clock
        self._domain = domain
        self._screening = screening
        self._watching = watching

    def admit(self, party: Party) -> Permit:
        return FREE if party.kind is not PartyKind.TRUNK else self._books.inbound(TrunkName(party.name))

    def caller(self, request: Request, party: Party) -> str:
        """A carrier's caller by its number, an account by its own; everybody else as it says itself."""
        trunk = self._trunk(party)
        if trunk is not None:
            rules = trunk.outgoing
            found = caller_of(request, rules.numbers, trusted=rules.caller_id.trusted)
            return str(Uri("sip", found.number or "anonymous", host=self._domain))
        if party.kind in (PartyKind.ACCOUNT, PartyKind.GUEST):
            return str(Uri("sip", party.name, host=self._domain))
        claimed = request.from_.uri
        if party.kind is PartyKind.STRANGER and claimed.host == self._domain:
            return str(ANONYMOUS.uri)  # nobody is one of ours by saying so
        return str(claimed)

    def caller_name(self, request: Request, party: Party) -> str:
        """As the carrier, the account's own setting, or its phone says. A stranger's name is nobody's word."""
        trunk = self._trunk(party)
        if trunk is not None:
            rules = trunk.outgoing
            return shown_name(caller_of(request, rules.numbers, trusted=rules.caller_id.trusted).name)
        if party.kind is PartyKind.STRANGER:
            return ""
        account = self._phones.account(party.name) if party.kind is PartyKind.ACCOUNT else None
        return shown_name((account and account.caller_name) or request.from_.display)

    def called(self, request: Request, party: Party) -> Uri:
        """The Request-URI, unless that is the contact by which we registered with a carrier.

        Then the carrier put it over the number that was dialled, which P-Called-Party-ID (RFC 7315, 4.2) or To
        may still name: the first of them that leads somewhere counts.
        """
        trunk = self._trunk(party)
        agreed = None if trunk is None else trunk.registration
        if agreed is None or request.uri.user != (agreed.contact_user or agreed.aor.user):
            return request.uri
        now = self._clock()
        for uri in _dialled_before(request):
            if uri.user and not isinstance(self.directory.find(uri, party, now), Denied):
                return uri
        return request.uri

    def options(self, party: Party) -> CallOptions:
        trunk = self._trunk(party)
        return DEFAULT if trunk is None else options_of(trunk.session)

    def may_transfer(self, party: Party) -> bool:
        return party.kind is not PartyKind.STRANGER

    def click_to_dial(self, request: Request, party: Party) -> str | None:
        """The phones of the account, or the one that a GRUU of it names, where its settings allow it."""
        account = self._phones.account(party.name) if party.kind is PartyKind.ACCOUNT else None
        if account is None or not account.click_to_dial:
            return None
        uri = request.uri
        if is_gruu(uri):
            instance = self._phones.instance_of(uri)
            own = instance is not None and instance.account is account
            return f"{PHONE}{account.name}{INSTANCE}{instance.name}" if own and instance else None
        return f"{PHONE}{account.name}" if self._phones.account(uri.dialled) is account else None

    def screen(self, request: Request, party: Party, script: Script) -> Script:
        return script if self._screening is None else self._screening.screen(request, party, script)

    def connecting(self, dialled: str, target: str) -> NumberEntry:
        return NumberEntry(dialled, CONNECT, {"target": target})

    def request(self, received: RequestReceived) -> Reply | None:
        request = received.request
        match request.method:
            case "REGISTER":
                return self._phones.receive(request, received.hop, self._clock())
            case "SUBSCRIBE" | "MESSAGE":
                party = received.who if isinstance(received.who, Party) else STRANGER
                self._watching.receive(received, party)
                return None
            case _:
                return REFUSED

    def message_light(self, account: str, new: int, old: int) -> bool:
        return self._watching.message_light(account, new, old)

    def joined(self, leg: Leg) -> None:
        self._watching.joined(leg)

    def left(self, leg: Leg) -> None:
        self._watching.left(leg)

    def ringing_at(self, account: str | None, party: Party) -> Leg | None:
        return self._watching.ringing_at(account, party)

    def ringing_as(self, replaces: Replaces, party: Party) -> Leg | None:
        return self._watching.ringing_as(replaces, party)

    def is_trusted(self, party: Party) -> bool:
        """Whether a carrier's word on who calls counts (RFC 3325)."""
        trunk = self._trunk(party)
        return trunk is not None and trunk.outgoing.caller_id.trusted

    def _trunk(self, party: Party) -> Trunk | None:
        return self._trunks.get(TrunkName(party.name)) if party.kind is PartyKind.TRUNK else None


def _dialled_before(request: Request) -> Iterator[Uri]:
    value = request.headers.get("P-Called-Party-ID")
    if value is not None:
        with suppress(PeerError):
            yield NameAddr.parse(value).uri
    yield request.to.uri
