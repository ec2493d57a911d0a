"""Short-lived accounts: how many, how long, and who makes room."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.registrar.texts import DOMAIN, HERE, RULES, hop_from, register_text, request_of
from voicecore.errors import Unavailable, UsageError
from voicecore.registrar.account import Account, Accounts
from voicecore.registrar.facts import Removal, Unregistered
from voicecore.registrar.guests import Guest, Guests
from voicecore.registrar.registrar import Registrar
from voicecore.sip.authenticator import PasswordHashes
from voicecore.sip.hop import Address

ROOM = 3
PHONE = Address("192.0.2.7", 5060)


class House:
    def __init__(self) -> None:
        serial = itertools.count(1)
        configured = Account("alice", PasswordHashes.of("alice", DOMAIN, "wonder"), ("1001",))
        self.accounts = Accounts([configured])
        self.registrar = Registrar(RULES, self.accounts, lambda _: f"binding-{next(serial)}")
        self.guests = Guests(self.accounts, self.registrar, ROOM)

    def admit(self, name: str, until: float = 100.0, now: float = 0.0) -> None:
        account = Account(name, PasswordHashes.of(name, DOMAIN, "secret"), is_guest=True)
        self.guests.admit(Guest(account, "page", until), now)

    def register(self, name: str, now: float = 0.0) -> int:
        text = register_text(HERE, user=name, call_id=f"phone-{name}")
        return self.registrar.register(request_of(text), hop_from(PHONE), now).status


def test_a_guest_is_an_account_until_its_time() -> None:
    house = House()
    house.admit("web-1", until=100.0)
    assert house.register("web-1") == 200
    assert house.guests.next_timer() == 100.0
    house.guests.handle_timer(100.0)
    assert house.accounts.find("web-1") is None
    (fact,) = [one for one in house.registrar.poll() if isinstance(one, Unregistered)]
    assert fact.why is Removal.NO_ACCOUNT
    assert house.register("web-1", 100.0) == 404
    assert (len(house.guests), house.guests.next_timer()) == (0, None)


def test_a_guest_is_no_configured_account() -> None:
    house = House()
    with pytest.raises(UsageError):
        house.admit("alice")
    assert house.accounts.of("alice").is_guest is False


def test_the_oldest_that_never_registered_makes_room() -> None:
    house = House()
    for name in ("web-1", "web-2", "web-3"):
        house.admit(name)
    house.register("web-1")
    house.admit("web-4")
    assert [house.guests.get(name) is not None for name in ("web-1", "web-2", "web-3", "web-4")] == [
        True,
        False,
        True,
        True,
    ]


def test_where_all_are_registered_a_newcomer_is_refused() -> None:
    house = House()
    for name in ("web-1", "web-2", "web-3"):
        house.admit(name)
        house.register(name)
    with pytest.raises(Unavailable):
        house.admit("web-4")
    assert house.accounts.find("web-4") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(1, 50), st.floats(0, 30), st.booleans())))
def test_there_are_never_more_than_there_is_room_for_nor_any_past_its_time(
    steps: list[tuple[str, float, float, bool]],
) -> None:
    house, now, until = House(), 0.0, dict[str, float]()
    for name, ttl, later, registers in steps:
        now += later
        try:
            house.admit(name, now + ttl, now)
        except Unavailable:
            continue
        until[name] = now + ttl
        if registers:
            house.register(name, now)
        alive = [one for one in "abcdef" if house.accounts.find(one) is not None]
        assert len(alive) == len(house.guests) <= ROOM
        assert all(until[one] > now for one in alive)
    house.guests.handle_timer(now + 51)
    assert len(house.accounts) == 1
