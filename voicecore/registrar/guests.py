"""Accounts that live for a short while and only in memory: what the API gives to phones in web pages."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.errors import Unavailable
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.registrar import Registrar
from voicecore.sip.agenda import Agenda


@dataclass(frozen=True, slots=True)
class Guest:
    """`owner` is whoever it was given to, in words of the giver; `until` an instant."""

    account: Account
    owner: str
    until: float


class Guests:
    """At most `room` at a time. One that came and never registered makes room, the oldest first; a phone that is
    registered keeps its place, and then a newcomer is refused.
    """

    def __init__(self, accounts: Accounts, registrar: Registrar, room: int) -> None:
        self._accounts = accounts
        self._registrar = registrar
        self._room = room
        self._guests: dict[str, Guest] = {}
        self._agenda: Agenda[str] = Agenda()

    def __len__(self) -> int:
        return len(self._guests)

    def get(self, name: str) -> Guest | None:
        return self._guests.get(name)

    def admit(self, guest: Guest, now: float) -> None:
        """A guest of the same name is replaced, and stays registered. Raises Unavailable when all places are used."""
        self.handle_timer(now)
        name = guest.account.name
        if self._guests.pop(name, None) is not None:
            self._accounts.remove(name)
        elif len(self._guests) >= self._room:
            self._make_room(now)
        self._accounts.add(guest.account)
        self._guests[name] = guest
        self._agenda.arm(name, guest.until)

    def dismiss(self, name: str) -> None:
        """Nobody registers or calls by this name any more; calls that run go on."""
        guest = self._guests.pop(name, None)
        if guest is not None:
            self._registrar.forget(guest.account)
            self._accounts.remove(name)
            self._agenda.arm(name, None)

    def of(self, owner: str) -> list[str]:
        """The names that somebody was given."""
        return [name for name, guest in self._guests.items() if guest.owner == owner]

    def handle_timer(self, now: float) -> None:
        for name in self._agenda.due(now):
            self.dismiss(name)

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()

    def _make_room(self, now: float) -> None:
        registrar = self._registrar
        for name, guest in self._guests.items():
            if not registrar.lookup(registrar.aor_of(guest.account), now):
                self.dismiss(name)
                return
        raise Unavailable("every short-lived account is in use")
