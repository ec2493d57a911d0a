"""A phone registers, refreshes, moves and leaves, over the real SIP stack in virtual time."""

from __future__ import annotations

from tests.scenario.registrar.office import Office, Phone
from voicecore.registrar.facts import Expired, Refreshed, Registered, Unregistered
from voicecore.sip.authenticator import FailedLogin
from voicecore.sip.hop import Address

HOME = Address("192.0.2.7", 5060)
HERE = "<sip:alice@192.0.2.7>"


def told(office: Office) -> list[type]:
    return [type(fact) for fact in office.facts]


def test_a_working_day_of_a_phone() -> None:
    office = Office()
    phone = Phone(office, HOME)
    response, requests = phone.register(HERE, expires=600)
    assert (response.status, requests) == (200, 2)
    assert response.headers.get("Date") == "Mon, 23 Nov 2026 12:00:00 GMT"
    office.network.run_for(290)
    response, requests = phone.register(HERE, expires=600)
    assert (response.status, requests) == (200, 1)
    office.network.run_for(500)
    response, requests = phone.register(HERE, expires=600)
    assert (response.status, requests) == (200, 2), "the nonce was too old, and nobody was asked for it"
    response, _ = phone.register("*", expires=0)
    assert response.headers.all("Contact") == ()
    assert told(office) == [Registered, Refreshed, Refreshed, Unregistered]
    assert office.alice() == []


def test_a_phone_that_goes_silent_is_forgotten() -> None:
    office = Office()
    Phone(office, HOME).register(HERE, expires=60)
    office.network.run_for(59)
    assert len(office.alice()) == 1
    office.network.run_for(1)
    assert office.alice() == []
    office.registrar.handle_timer(office.network.now)
    assert [type(fact) for fact in office.registrar.poll()] == [Expired]


def test_a_repeat_over_the_wire_gets_the_same_bytes_and_changes_nothing() -> None:
    office = Office()
    phone = Phone(office, HOME)
    phone.register()
    data = phone.text(HERE)
    first, second = phone.send(data), phone.send(data)
    assert (first.status, second) == (200, first)
    assert told(office) == [Registered]


def test_a_request_that_was_listened_to_is_of_no_use_to_others() -> None:
    office = Office()
    phone = Phone(office, HOME)
    phone.register()
    data = phone.text(HERE)
    phone.send(data)
    thief = Phone(office, Address("192.0.2.66", 5060))
    stolen = data.replace(b"z9hG4bK", b"z9hG4bKstolen").replace(b"192.0.2.7", b"192.0.2.66")
    assert thief.send(stolen).status == 401
    again = data.replace(b"z9hG4bK", b"z9hG4bKagain").replace(b"tag=far", b"tag=again")
    assert phone.send(again).status == 401
    assert [one.flow.hop.remote for one in office.alice()] == [HOME]


def test_a_phone_behind_a_nat_is_reached_where_it_wrote_from() -> None:
    office = Office()
    outside = Address("203.0.113.9", 31_337)
    Phone(office, outside).register("<sip:alice@10.0.0.7:5060>")
    (binding,) = office.alice()
    assert binding.is_behind_nat
    assert (str(binding.target), binding.flow.hop.remote) == ("sip:alice@10.0.0.7:5060", outside)


def test_two_phones_of_one_account_ring_together() -> None:
    office = Office()
    desk, pocket = Phone(office, HOME), Phone(office, Address("192.0.2.8", 5060))
    desk.register(f"{HERE};q=0.5")
    response, _ = pocket.register("<sip:alice@192.0.2.8>")
    assert len(response.headers.all("Contact")) == 2
    assert [one.flow.hop.remote.host for one in office.alice()] == ["192.0.2.8", "192.0.2.7"]


def test_a_guesser_is_reported_and_learns_nothing() -> None:
    office = Office()
    guesses = [
        Phone(office, HOME, password="guess").register(HERE),
        Phone(office, HOME, user="nobody", password="guess").register(HERE),
    ]
    assert [(response.status, response.reason, requests) for response, requests in guesses] == [
        (401, "Unauthorized", 2)
    ] * 2
    names = [[name for name, _ in response.headers] for response, _ in guesses]
    assert names[0] == names[1]
    assert office.facts == [FailedLogin(HOME.host, "alice"), FailedLogin(HOME.host, "nobody")]


def test_a_flood_of_strangers_leaves_nothing_behind() -> None:
    office = Office()
    for number in range(200):
        stranger = Phone(office, Address("198.51.100.1", 1024 + number), user=f"user{number}")
        assert stranger.send(stranger.text(HERE)).status == 401
    assert len(office.registrar) == 0
    assert office.facts == []
    assert office.server.is_empty
