"""Whose offer is open: the walk of its table, and who may close it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.offer_turn import TRANSITIONS, Carrier, Input, OfferTurn, State

OFFERS = (Input.SEND_OFFER, Input.RECEIVE_OFFER)


def in_state(state: State) -> OfferTurn:
    turn = OfferTurn()
    if state is not State.FREE:
        turn.take(Input.SEND_OFFER if state is State.OURS else Input.RECEIVE_OFFER, Carrier.INVITE)
    return turn


def test_every_state_is_reachable() -> None:
    assert {State.FREE} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", Input)
def test_every_pair_is_in_the_table_or_refused(state: State, what: Input) -> None:
    turn = in_state(state)
    step = turn.take if what in OFFERS else turn.advance
    assert step(what, Carrier.INVITE) is ((state, what) in TRANSITIONS)
    assert turn.state is TRANSITIONS.get((state, what), state)


def test_only_what_carried_the_offer_closes_it() -> None:
    turn = in_state(State.OURS)
    assert not turn.advance(Input.RECEIVE_ANSWER, Carrier.UPDATE)
    assert not turn.take(Input.SEND_OFFER, Carrier.UPDATE)
    assert turn.advance(Input.RECEIVE_ANSWER, Carrier.INVITE)
    assert (turn.state, turn.carrier, turn.exchanges) == (State.FREE, None, 1)


@given(st.lists(st.tuples(st.sampled_from(Input), st.sampled_from(Carrier))))
def test_an_open_offer_always_has_a_carrier(steps: list[tuple[Input, Carrier]]) -> None:
    turn = OfferTurn()
    for what, carrier in steps:
        (turn.take if what in OFFERS else turn.advance)(what, carrier)
        assert (turn.state is State.FREE) is (turn.carrier is None)
