"""Reliable provisionals: the walk of their table, their times and their order (RFC 3262, 3 and 4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.reliable_provisional import (
    TRANSITIONS,
    Effect,
    Input,
    Provisional,
    ProvisionalOrder,
    ReliableProvisionals,
    State,
    Verdict,
)
from voicecore.sip.transaction.timing import Timing


def made(*, sdp: tuple[bool, ...] = ()) -> ReliableProvisionals:
    """A machine that was given responses, one for each of `sdp`."""
    machine = ReliableProvisionals(Timing(), 10)
    for has_sdp in sdp:
        machine.send(Provisional(machine.next_rseq(), 183, b"", has_sdp), 0.0)
    return machine


def test_every_state_is_reachable() -> None:
    assert {State.QUIET} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", Input)
def test_every_pair_is_in_the_table_or_refused(state: State, what: Input) -> None:
    machine = made()
    machine.state = state
    assert machine.receive(what, 0.0) is ((state, what) in TRANSITIONS)
    assert machine.state is TRANSITIONS.get((state, what), state)
    if machine.state is not State.WAITING:
        assert machine.next_timer() is None


def test_the_gap_doubles_until_64_t1_without_prack() -> None:
    machine = made(sdp=(False,))
    assert machine.poll() == [Effect.SEND]
    log: list[tuple[float, Effect]] = []
    while (due := machine.next_timer()) is not None:
        machine.handle_timer(due)
        log += [(due, effect) for effect in machine.poll()]
    assert log == [(at, Effect.REPEAT) for at in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)] + [(32.0, Effect.GIVE_UP)]
    assert machine.state is State.ENDED


def test_the_next_one_goes_out_when_the_one_before_has_its_prack() -> None:
    machine = made(sdp=(False, False))
    assert machine.poll() == [Effect.SEND]
    assert not machine.acknowledge(12, 1.0)
    assert machine.acknowledge(11, 1.0)
    assert machine.poll() == [Effect.SEND]
    assert not machine.acknowledge(11, 1.1)
    assert machine.acknowledge(12, 1.1)
    assert machine.next_timer() is None


def test_sdp_without_prack_holds_the_2xx_back() -> None:
    assert not made(sdp=(False,)).holds_answer_back
    machine = made(sdp=(False, True))
    assert machine.holds_answer_back
    machine.acknowledge(11, 0.1)
    assert machine.holds_answer_back
    machine.acknowledge(12, 0.2)
    assert not machine.holds_answer_back


def test_a_prack_is_known_after_the_final_response() -> None:
    machine = made(sdp=(False, False))
    machine.receive(Input.END, 0.1)
    assert machine.next_timer() is None
    machine.poll()
    assert machine.acknowledge(11, 0.2)
    assert machine.poll() == []
    machine.send(Provisional(machine.next_rseq(), 180, b"", has_sdp=False), 0.3)
    assert machine.poll() == []


@given(st.integers(0, 2**31), st.lists(st.integers(-3, 8)))
def test_a_caller_takes_each_response_once_and_in_order(first: int, steps: list[int]) -> None:
    order, taken = ProvisionalOrder(), [first]
    assert order.take(first) is Verdict.NEXT
    for step in steps:
        verdict = order.take(first + step)
        if verdict is Verdict.NEXT:
            taken.append(first + step)
        else:
            assert (verdict is Verdict.REPEAT) is (first + step <= taken[-1])
    assert taken == list(range(first, first + len(taken)))
