"""A busy lamp: Alice's phone shows how Bob's calls go."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.scenario.subscriptions.office import Office, Phone
from tests.unit.subscriptions.texts import ALICE, BOB
from voicecore.subscriptions.resource import Phase


def test_the_lamp_follows_a_call() -> None:
    office = Office()
    phone = Phone(office)
    assert phone.subscribe("dialog", BOB.aor) == 200
    for phase in (Phase.EARLY, Phase.CONFIRMED, Phase.TERMINATED):
        office.call(phase)
        phone.run_for(5)
    assert phone.phases == [[], ["early"], ["confirmed"], ["terminated"]]
    versions = [ElementTree.fromstring(body).get("version") for body in phone.documents]
    assert versions == ["0", "1", "2", "3"]


def test_who_calls_him_is_not_shown() -> None:
    office = Office()
    phone = Phone(office)
    office.call(Phase.CONFIRMED)
    phone.subscribe("dialog", BOB.aor)
    assert phone.phases == [["confirmed"]]
    assert b"customer" not in phone.told[0].data
    assert b"Jane" not in phone.told[0].data


def test_presence_and_calls_are_watched_beside_each_other() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("presence", ALICE.aor)
    phone.subscribe("presence", BOB.aor)
    basics = [body.split(b"<basic>")[1].split(b"<")[0] for body in phone.documents]
    assert basics == [b"open", b"closed"]


def test_a_watch_ends_by_itself() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("dialog", BOB.aor, expires=60)
    phone.run_for(61)
    assert phone.states == ["active", "terminated;reason=timeout"]
    office.network.run_to_silence()
    assert office.is_empty


def test_a_refreshed_watch_goes_on() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("dialog", BOB.aor, expires=60)
    for _ in range(3):
        phone.run_for(50)
        assert phone.subscribe("dialog", BOB.aor, expires=60, again=True) == 200
    office.call(Phase.CONFIRMED)
    phone.run_for(2)
    assert phone.states == ["active"] * 5
    assert phone.phases[-1] == ["confirmed"]
    assert len(office.desk) == 1


def test_a_phone_that_wants_no_more_is_told_a_last_time() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("dialog", BOB.aor)
    assert phone.subscribe("dialog", BOB.aor, expires=0, again=True) == 200
    phone.run_for(1)
    assert phone.states == ["active", "terminated;reason=timeout"]
    assert phone.subscribe("dialog", BOB.aor, again=True) == 481
    office.network.run_to_silence()
    assert office.is_empty
