"""A NOTIFY that gets lost is repeated, and what changed meanwhile is told after it."""

from __future__ import annotations

import pytest

from tests.scenario.subscriptions.office import Office, Phone, phases_by_id
from tests.unit.subscriptions.texts import BOB
from voicecore.subscriptions.resource import Phase


def test_the_watcher_gets_all_of_it_in_order() -> None:
    office = Office()
    phone = Phone(office)
    phone.subscribe("dialog", BOB.aor)
    phone.lose_notifies(3)
    office.call(Phase.EARLY)
    phone.run_for(1)
    office.call(Phase.CONFIRMED)
    office.call(Phase.EARLY, id="2")
    phone.run_for(10)
    assert phone.phases == [[], ["early"], ["confirmed", "early"]]


@pytest.mark.parametrize("seed", range(5))
def test_on_a_bad_network_the_lamp_is_right_in_the_end(seed: int) -> None:
    office = Office()
    phone = Phone(office)
    phone.lose_some(0.4, seed=seed)
    phone.subscribe("dialog", BOB.aor)
    for phase in (Phase.TRYING, Phase.EARLY, Phase.CONFIRMED, Phase.TERMINATED):
        office.call(phase)
        phone.run_for(0.4)
    office.call(Phase.EARLY, id="2")
    phone.run_for(30)
    known: dict[str, str] = {}
    for document in phone.documents:
        known.update(phases_by_id(document))
    assert {id: phase for id, phase in known.items() if phase != "terminated"} == {"2": "early"}
    assert len(office.desk) == 1
