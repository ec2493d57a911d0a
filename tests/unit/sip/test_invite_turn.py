"""One INVITE at a time within a dialog: the walk of the table."""

from __future__ import annotations

import pytest

from voicecore.sip.invite_turn import TRANSITIONS, Input, InviteTurn, State
from voicecore.sip.output import InviteId

STARTS = (Input.OUR_INVITE, Input.THEIR_INVITE)


def test_every_state_is_reachable() -> None:
    assert {State.FREE} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", STARTS)
def test_an_invite_starts_only_where_none_is_in_progress(state: State, what: Input) -> None:
    turn = InviteTurn()
    turn.state = state
    assert turn.take(what, InviteId(1)) is (state is State.FREE)
    assert turn.state is TRANSITIONS.get((state, what), state)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", [what for what in Input if what not in STARTS])
def test_only_the_holder_moves_the_turn(state: State, what: Input) -> None:
    turn = InviteTurn()
    turn.state, turn.holder = state, InviteId(1)
    turn.advance(what, InviteId(2))
    assert (turn.state, turn.holder) == (state, InviteId(1))
    turn.advance(what, InviteId(1))
    assert turn.state is TRANSITIONS.get((state, what), state)


def test_the_turn_is_free_again_at_the_end() -> None:
    turn = InviteTurn()
    for what in (Input.THEIR_2XX, Input.THEIR_END):
        turn.take(Input.THEIR_INVITE, InviteId(1))
        turn.advance(what, InviteId(1))
    assert (turn.state, turn.holder) == (State.FREE, None)
