"""An INVITE of ours: the walk of its table, CANCEL and its races (RFC 3261, 9.1)."""

from __future__ import annotations

import pytest

from voicecore.sip.outgoing_invite import TRANSITIONS, Effect, Input, OutgoingInvite, State

TIMERS = {Input.TIMER_RING, Input.TIMER_GIVE_UP}


def after(*inputs: Input) -> OutgoingInvite:
    made = OutgoingInvite(timeout=32.0, ring_limit=180.0)
    for what in inputs:
        assert made.receive(what, 0.0)
    return made


def test_every_state_is_reachable() -> None:
    assert {State.CALLING} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", [what for what in Input if what not in TIMERS])
def test_every_pair_is_in_the_table_or_refused(state: State, what: Input) -> None:
    made = after()
    made.state = state
    taken = made.receive(what, 0.0)
    assert taken is ((state, what) in TRANSITIONS)
    assert made.state is TRANSITIONS.get((state, what), state)
    if not taken:
        assert made.poll() == []
        assert made.next_timer() is None


@pytest.mark.parametrize(
    ("inputs", "effects"),
    [
        ((Input.CANCEL,), []),
        ((Input.CANCEL, Input.RECEIVE_1XX), [Effect.SEND_CANCEL]),
        ((Input.CANCEL, Input.RECEIVE_2XX), [Effect.CROSSED]),
        ((Input.CANCEL, Input.FAIL), [Effect.FAIL]),
        ((Input.RECEIVE_1XX, Input.CANCEL), [Effect.PROGRESS, Effect.SEND_CANCEL]),
        ((Input.RECEIVE_1XX, Input.CANCEL, Input.FAIL), [Effect.PROGRESS, Effect.SEND_CANCEL, Effect.FAIL]),
        ((Input.RECEIVE_2XX,), [Effect.ANSWER]),
        ((Input.RECEIVE_2XX, Input.RECEIVE_2XX), [Effect.ANSWER, Effect.DECLINE]),
        ((Input.CANCEL, Input.RECEIVE_2XX, Input.RECEIVE_2XX), [Effect.CROSSED, Effect.DECLINE]),
    ],
)
def test_every_race_has_one_end(inputs: tuple[Input, ...], effects: list[Effect]) -> None:
    assert after(*inputs).poll() == effects


def test_a_cancel_without_final_response_is_given_up() -> None:
    made = after(Input.RECEIVE_1XX, Input.CANCEL)
    made.poll()
    assert made.next_timer() == 32.0
    made.handle_timer(32.0)
    assert made.poll() == [Effect.GIVE_UP]
    assert made.is_over


def test_ringing_has_a_limit_that_every_provisional_renews() -> None:
    made = after(Input.RECEIVE_1XX)
    made.receive(Input.RECEIVE_1XX, 100.0)
    assert made.next_timer() == 280.0
    made.poll()
    made.handle_timer(280.0)
    assert made.poll() == [Effect.SEND_CANCEL]


def test_an_answered_call_has_no_timer() -> None:
    assert after(Input.RECEIVE_1XX, Input.RECEIVE_2XX).next_timer() is None
