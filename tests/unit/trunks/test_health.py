"""A server of a trunk, by what it answers: the walk of the table, and its pace."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.trunks.health import (
    JITTER,
    REST_S,
    TRANSITIONS,
    Input,
    ProbeDue,
    ServerHealth,
    ServerState,
    StateChanged,
)
from voicecore.trunks.trunk import HealthPolicy

POLICY = HealthPolicy(interval_s=30.0, failures=2, successes=2)
CALLS_ONLY = HealthPolicy(interval_s=0.0, failures=1)


def middle() -> float:
    return 0.5


def answering(health: ServerHealth, *statuses: int) -> list[StateChanged]:
    """Plays as many probes, each answered at once."""
    changes = []
    for status in statuses:
        due = health.next_timer()
        assert due is not None
        health.handle_timer(due)
        health.probed(status, due)
        changes += [output for output in health.poll() if isinstance(output, StateChanged)]
    return changes


def test_every_state_is_reachable() -> None:
    assert {ServerState.UNKNOWN} | set(TRANSITIONS.values()) == set(ServerState)


def test_only_a_rest_leads_back_to_unknown() -> None:
    ways = {
        pair for pair, after in TRANSITIONS.items() if after is ServerState.UNKNOWN and pair[0] is not after
    }
    assert ways == {(ServerState.DOWN, Input.TIMER_REST)}


def test_so_many_failures_in_a_row_take_it_down_and_successes_up() -> None:
    health = ServerHealth(POLICY, 0.0, middle)
    assert answering(health, 408, 200, 503, 200) == []
    assert answering(health, 408, 503) == [StateChanged(ServerState.DOWN, 503)]
    assert answering(health, 408) == []
    assert answering(health, 200, 405) == [StateChanged(ServerState.UP, 405)]


@pytest.mark.parametrize("status", [200, 404, 405, 401, 483, 500])
def test_any_answer_but_503_shows_life(status: int) -> None:
    health = ServerHealth(HealthPolicy(), 0.0, middle)
    answering(health, status)
    assert health.state is ServerState.UP


def test_the_next_probe_comes_an_interval_after_the_answer() -> None:
    health = ServerHealth(POLICY, 100.0, middle)
    health.handle_timer(110.0)
    assert health.poll() == [ProbeDue()]
    assert health.next_timer() is None, "one probe at a time"
    health.probed(200, 110.25)
    assert health.next_timer() == 140.25
    assert health.round_trip_s == 0.25


def test_a_503_says_when_to_ask_again() -> None:
    health = ServerHealth(POLICY, 0.0, middle)
    health.handle_timer(10.0)
    health.probed(503, 10.0, retry_after=120.0)
    assert health.next_timer() == 130.0


def test_a_call_that_fails_asks_for_a_probe_at_once() -> None:
    health = ServerHealth(POLICY, 0.0, middle)
    answering(health, 200, 200)
    health.called(503, 20.0)
    assert health.next_timer() == 20.0
    health.called(486, 20.0)
    assert health.state is ServerState.UP


def test_without_probes_a_dead_server_rests_and_is_tried_again() -> None:
    health = ServerHealth(CALLS_ONLY, 0.0, middle)
    assert health.next_timer() is None
    health.called(408, 5.0)
    assert health.poll() == [StateChanged(ServerState.DOWN, 408)]
    assert health.next_timer() == 5.0 + REST_S
    health.handle_timer(5.0 + REST_S)
    assert health.poll() == [StateChanged(ServerState.UNKNOWN, 408)]
    health.called(503, 50.0, retry_after=7.0)
    assert health.next_timer() == 57.0


def test_an_answer_that_nobody_waits_for_is_ignored() -> None:
    health = ServerHealth(POLICY, 0.0, middle)
    health.probed(503, 1.0)
    assert health.last_status is None


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([200, 404, 408, 503]), st.floats(0, 60)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_at_most_one_probe_is_under_way_and_none_comes_too_early(
    events: list[tuple[bool, int, float]], lots: random.Random
) -> None:
    health = ServerHealth(POLICY, 0.0, lots.random)
    now, asked, last = 0.0, False, None
    for from_call, status, wait in events:
        now += wait
        health.handle_timer(now)
        probes = health.poll().count(ProbeDue())
        assert probes <= (0 if asked else 1)
        asked = asked or probes == 1
        if from_call:
            health.called(status, now)
        elif asked:
            health.probed(status, now)
            asked, last = False, now
    if last is not None and not asked and (due := health.next_timer()) is not None and due > now:
        assert due >= last + POLICY.interval_s * (1 - JITTER)
