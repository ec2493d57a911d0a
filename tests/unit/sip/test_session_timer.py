"""A session timer: the walk of its table, and its times (RFC 4028, 7.4 and 10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.session_timer import TRANSITIONS, Effect, Input, SessionTimer, State


def run_to_end(timer: SessionTimer) -> list[tuple[float, Effect]]:
    log: list[tuple[float, Effect]] = []
    while (due := timer.next_timer()) is not None:
        timer.handle_timer(due)
        log += [(due, effect) for effect in timer.poll()]
    return log


def test_every_state_is_reachable() -> None:
    assert {State.OFF} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", Input)
def test_every_pair_is_in_the_table_or_refused(state: State, what: Input) -> None:
    timer = SessionTimer()
    timer.interval = 90
    timer.state = state
    assert timer.receive(what, 0.0) is ((state, what) in TRANSITIONS)
    assert timer.state is TRANSITIONS.get((state, what), state)
    assert timer.state is not State.OFF or timer.next_timer() is None


def test_we_refresh_at_half_and_give_up_before_the_end() -> None:
    timer = SessionTimer()
    timer.start(1800, 100.0, is_ours=True)
    assert run_to_end(timer) == [(1000.0, Effect.REFRESH), (1868.0, Effect.EXPIRE)]


def test_the_peers_refresh_is_waited_for_until_a_third_before_a_short_end() -> None:
    timer = SessionTimer()
    timer.start(90, 0.0, is_ours=False)
    assert run_to_end(timer) == [(60.0, Effect.EXPIRE)]


def test_a_refresh_begins_the_interval_anew() -> None:
    timer = SessionTimer()
    timer.start(90, 0.0, is_ours=True)
    timer.handle_timer(45.0)
    timer.start(90, 45.1, is_ours=True)
    timer.poll()
    assert timer.next_timer() == pytest.approx(90.1)


def test_a_stopped_timer_is_silent() -> None:
    timer = SessionTimer()
    timer.start(90, 0.0, is_ours=True)
    timer.receive(Input.STOP, 1.0)
    assert run_to_end(timer) == []


@given(st.integers(90, 100_000))
def test_refused_refreshes_are_tried_again_but_not_without_end(interval: int) -> None:
    timer = SessionTimer()
    timer.start(interval, 0.0, is_ours=True)
    tries = 0
    while (due := timer.next_timer()) is not None:
        timer.handle_timer(due)
        if timer.poll() == [Effect.REFRESH]:
            tries += 1
            timer.receive(Input.REFUSED, due)
    assert 2 <= tries < 50
    assert timer.state is State.OFF
