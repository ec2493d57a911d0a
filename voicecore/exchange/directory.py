"""Where a dialled number leads, for whom: numbers of ours, phones of ours, trunks. Default deny."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voicecore.calls.destination import Denied, Destination, PickUp, ToFlow, ToParty
from voicecore.calls.numbers import NumberTable
from voicecore.calls.party import Party, PartyKind
from voicecore.exchange.phones import Phones
from voicecore.exchange.pickups import PHONES, USUAL_CODES, PickupCodes
from voicecore.guard.guard import Guard
from voicecore.guard.policy import REACH, Source
from voicecore.guard.policy import Destination as Reach
from voicecore.registrar.gruu import is_gruu
from voicecore.sip.uri import Uri
from voicecore.trunks.number import Barred, destination, normalised
from voicecore.trunks.trunk import Trunk, TrunkName

PHONE, NUMBER = "phone:", "tel:"
"""How a target names a phone of ours by its account, and a number beyond this site."""
INSTANCE = ";gr="
"""How, after its account, one phone alone is named."""

_SOURCES = {
    PartyKind.STRANGER: Source.STRANGER,
    PartyKind.LOCAL: Source.LOCAL,
    PartyKind.ACCOUNT: Source.ACCOUNT,
    PartyKind.GUEST: Source.GUEST,
    PartyKind.TRUNK: Source.TRUNK,
}


class ExchangeDirectory:
    """Implements `voicecore.calls.destination.Directory`."""

    def __init__(
        self,
        numbers: NumberTable,
        phones: Phones,
        trunks: Sequence[Trunk],
        guard: Guard,
        may_call: Callable[[str, str], bool],
        codes: PickupCodes = USUAL_CODES,
    ) -> None:
        """`may_call` knows whether an account may call a number beyond this site."""
        self._codes = codes
        self._numbers = numbers
        self._phones = phones
        self._trunks: Mapping[TrunkName, Trunk] = {trunk.name: trunk for trunk in trunks}
        self._guard = guard
        self._may_call = may_call

    def is_ours(self, dialled: str) -> bool:
        """Whether a number of the table answers it."""
        return self._numbers.find(dialled) is not None

    def find(self, uri: Uri, party: Party, now: float) -> Destination:
        if is_gruu(uri) and self._phones.is_ours(uri):
            return self._to_instance(uri, party)
        dialled = uri.number
        reach = REACH[_SOURCES[party.kind]]
        for number in self._spellings(dialled, party):
            found = self._ours(number, reach)
            if found is not None:
                return found
        if (pickup := self._pickup(dialled, party)) is not None:
            return pickup
        if Reach.TRUNK in reach and self._may_leave(dialled, party):
            return ToParty(f"{NUMBER}{dialled}")
        return Denied(404, f"{party} may not call it, or it is not there")

    def _pickup(self, dialled: str, party: Party) -> PickUp | None:
        """A code of pickup, for phones; numbers of the table come before it."""
        if party.kind not in PHONES:
            return None
        directed, group = self._codes.directed, self._codes.group
        if dialled == group:
            return PickUp(None)
        if not dialled.startswith(directed):
            return None
        account = self._phones.account(dialled.removeprefix(directed))
        return None if account is None else PickUp(account.name)

    def _to_instance(self, uri: Uri, party: Party) -> Destination:
        """One phone of an account, for whoever may call the account itself (RFC 5627, 6.1)."""
        instance = self._phones.instance_of(uri)
        if instance is None or Reach.ACCOUNT not in REACH[_SOURCES[party.kind]]:
            return Denied(404, f"{party} may not call it, or it is no GRUU that is valid now")
        if not instance.bindings:
            return Denied(480, f"this phone of {instance.account.name} is not registered")
        return ToParty(f"{PHONE}{instance.account.name}{INSTANCE}{instance.name}")

    def _ours(self, dialled: str, reach: frozenset[Reach]) -> Destination | None:
        entry = self._numbers.find(dialled)
        if entry is not None:
            public = Reach.PUBLIC_NUMBER in reach and self._guard.public.match(dialled)
            if Reach.NUMBER in reach or public:
                return ToFlow(entry)
        account = self._phones.account(dialled)
        if account is not None and Reach.ACCOUNT in reach:
            return ToParty(f"{PHONE}{account.name}")
        return None

    def _spellings(self, dialled: str, party: Party) -> Sequence[str]:
        """As it came, and as a carrier's number reads in the world-wide plan."""
        trunk = self._trunks.get(TrunkName(party.name)) if party.kind is PartyKind.TRUNK else None
        if trunk is None:
            return (dialled,)
        plain = normalised(dialled, trunk.outgoing.numbers)
        return (dialled,) if plain == dialled else (dialled, plain)

    def _may_leave(self, dialled: str, party: Party) -> bool:
        """What the account may call and some trunk carries; limits of money and lines come when it is dialled."""
        account = self._phones.account(party.name)
        if account is None:
            return False
        for trunk in self._trunks.values():
            found = destination(dialled, trunk.outgoing)
            if not isinstance(found, Barred) and self._may_call(account.name, found.number):
                return True
        return False
