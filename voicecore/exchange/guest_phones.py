"""Gives out the short-lived credentials that a phone in a web page registers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from voicecore.exchange.phones import Phones
from voicecore.registrar.account import Account
from voicecore.registrar.guests import Guest, Guests
from voicecore.registrar.registrar import Registrar
from voicecore.sip.authenticator import PasswordHashes

PREFIX = "web-"
_NAME, _PASSWORD = 12, 32
"""Random characters, of six bits each."""


@dataclass(frozen=True, slots=True)
class GuestCredentials:
    """`uri` is the address-of-record; `until` an instant."""

    account: str
    uri: str
    password: str = field(repr=False)
    realm: str
    until: float


class GuestPhones:
    def __init__(
        self,
        guests: Guests,
        registrar: Registrar,
        phones: Phones,
        realm: str,
        token: Callable[[int], str],
        clock: Callable[[], float],
    ) -> None:
        self._guests = guests
        self._registrar = registrar
        self._phones = phones
        self._realm = realm
        self._token = token
        self._clock = clock

    def __len__(self) -> int:
        return len(self._guests)

    def issue(self, owner: str, ttl_s: float, again: str | None = None) -> GuestCredentials:
        """A new account, or a new password for the one named by `again`, if it was given to this owner and lives.

        Raises Unavailable when all places are in use.
        """
        now = self._clock()
        known = None if again is None else self._guests.get(again)
        name = again if again is not None and known is not None and known.owner == owner else None
        name = name or PREFIX + self._token(_NAME)
        password = self._token(_PASSWORD)
        account = Account(name, PasswordHashes.of(name, self._realm, password), is_guest=True)
        self._guests.admit(Guest(account, owner, now + ttl_s), now)
        self._phones.used()
        return GuestCredentials(
            name, str(self._registrar.aor_of(account)), password, self._realm, now + ttl_s
        )

    def withdraw(self, owner: str) -> None:
        """Everything that was given to somebody is void."""
        for name in self._guests.of(owner):
            self._guests.dismiss(name)
        self._phones.used()

    def handle_timer(self, now: float) -> None:
        self._guests.handle_timer(now)
        self._phones.used()

    def next_timer(self) -> float | None:
        return self._guests.next_timer()
