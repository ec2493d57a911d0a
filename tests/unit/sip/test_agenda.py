"""The one heap of timers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.agenda import Agenda


def test_keys_come_in_the_order_of_their_times() -> None:
    agenda: Agenda[str] = Agenda()
    for key, due in (("late", 3.0), ("early", 1.0), ("never", 9.0), ("same", 1.0)):
        agenda.arm(key, due)
    assert list(agenda.due(3.0)) == ["early", "same", "late"]
    assert agenda.next_timer() == 9.0


def test_arming_again_replaces_the_time() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.arm("a", 1.0)
    agenda.arm("a", 5.0)
    assert list(agenda.due(4.0)) == []
    assert list(agenda.due(5.0)) == ["a"]
    assert len(agenda) == 0


def test_a_key_disarmed_while_others_fire_does_not_fire() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.arm("a", 1.0)
    agenda.arm("b", 1.0)
    fired = []
    for key in agenda.due(2.0):
        fired.append(key)
        agenda.arm("b", None)
    assert fired == ["a"]
    assert agenda.next_timer() is None


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.floats(0, 100))))
def test_it_is_always_what_a_plain_dictionary_says(steps: list[tuple[int, float | None]]) -> None:
    agenda: Agenda[int] = Agenda()
    model: dict[int, float] = {}
    for key, due in steps:
        agenda.arm(key, due)
        if due is None:
            model.pop(key, None)
        else:
            model[key] = due
        assert agenda.next_timer() == min(model.values(), default=None)
        assert len(agenda) == len(model)
    fired = list(agenda.due(100.0))
    assert sorted(fired) == sorted(model)
    assert [model[key] for key in fired] == sorted(model.values())


def test_disarmed_entries_do_not_pile_up() -> None:
    agenda: Agenda[int] = Agenda()
    for number in range(10_000):
        agenda.arm(number % 10, float(number + 1))
    assert len(agenda._heap) < 200
