"""A phone that lost its power is not told for ever."""

from __future__ import annotations

from tests.scenario.subscriptions.office import Office, Phone
from tests.unit.subscriptions.texts import BOB
from voicecore.subscriptions.resource import Phase


def test_after_a_notify_without_an_answer_nothing_is_sent_or_kept() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("dialog", BOB.aor)
    phone.is_there = False
    office.call(Phase.EARLY)
    office.run_for(40)
    assert office.is_empty
    before = len(office.network.sent(method="NOTIFY"))
    office.call(Phase.CONFIRMED)
    office.run_for(40)
    assert len(office.network.sent(method="NOTIFY")) == before


def test_a_phone_that_is_back_begins_anew() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("dialog", BOB.aor)
    phone.is_there = False
    office.call(Phase.CONFIRMED)
    phone.run_for(40)
    phone.is_there = True
    assert phone.subscribe("dialog", BOB.aor) == 200
    assert phone.phases == [[], ["confirmed"]]
