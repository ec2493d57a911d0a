"""The table of one subscription's states."""

from __future__ import annotations

import itertools

from voicecore.subscriptions.subscription import TRANSITIONS, Input, State


def test_every_state_is_reached_from_the_first() -> None:
    reached, before = {State.QUIET}, set[State]()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in TRANSITIONS.items() if state in before}
    assert reached == set(State)


def test_nothing_leads_out_of_the_end() -> None:
    assert not [what for state, what in TRANSITIONS if state is State.ENDED]


def test_only_what_waits_is_sent_and_only_what_was_sent_is_confirmed() -> None:
    for state, what in itertools.product(State, (Input.SEND, Input.NO_NEWS)):
        assert ((state, what) in TRANSITIONS) == (state is State.WAITING)
    for state, what in itertools.product(State, (Input.CONFIRM, Input.POSTPONE)):
        assert ((state, what) in TRANSITIONS) == (state in (State.NOTIFYING, State.OVERTAKEN))


def test_a_change_is_never_forgotten_before_it_was_told() -> None:
    for state in State:
        if state is not State.ENDED:
            assert TRANSITIONS[state, Input.CHANGE] in (State.WAITING, State.OVERTAKEN)
    assert TRANSITIONS[State.OVERTAKEN, Input.CONFIRM] is State.WAITING
