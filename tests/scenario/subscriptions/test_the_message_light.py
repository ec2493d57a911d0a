"""The lamp of a phone that says that voice messages wait."""

from __future__ import annotations

from tests.scenario.subscriptions.office import Office, Phone
from tests.unit.subscriptions.texts import ALICE, BOB


def test_it_goes_on_and_off() -> None:
    office = Office()
    phone = Phone(office)
    assert phone.subscribe("message-summary", ALICE.aor) == 200
    for new, old in ((1, 4), (0, 5)):
        office.messages(new, old)
        phone.run_for(3)
    assert [body.decode().split("\r\n")[0::2] for body in phone.documents] == [
        ["Messages-Waiting: no", "Voice-Message: 0/0 (0/0)"],
        ["Messages-Waiting: yes", "Voice-Message: 1/4 (0/0)"],
        ["Messages-Waiting: no", "Voice-Message: 0/5 (0/0)"],
    ]


def test_nobody_watches_the_light_of_another() -> None:
    office = Office()
    phone = Phone(office)
    assert phone.subscribe("message-summary", BOB.aor) == 403
    assert phone.told == []
    assert office.is_empty
