"""An engine that fails is left alone for a while."""

from __future__ import annotations

from itertools import product

from voicecore.speech.recognition.breaker import FAILURES, REST_S, TRANSITIONS, Breaker, Input, State


def test_every_pair_is_in_the_table_but_a_rest_of_what_does_not_rest() -> None:
    missing = set(product(State, Input)) - set(TRANSITIONS)
    assert missing == {(State.CLOSED, Input.RESTED), (State.HALF_OPEN, Input.RESTED)}
    assert set(TRANSITIONS.values()) == set(State)


def test_it_rests_after_failures_in_a_row_and_is_then_tried() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(10.0)
    assert breaker.allows(10.0)
    breaker.failed(10.0)
    assert not breaker.allows(10.0)
    assert breaker.rest_s(20.0) == REST_S - 10
    assert breaker.allows(10.0 + REST_S)
    breaker.worked(50.0)
    assert breaker.state is State.CLOSED


def test_a_failure_of_the_trial_is_a_rest_anew() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(0.0)
    assert breaker.allows(REST_S)
    breaker.failed(REST_S)
    assert not breaker.allows(2 * REST_S - 1)
    assert breaker.allows(2 * REST_S)


def test_an_answer_between_failures_forgives_them() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES):
        breaker.failed(0.0)
        breaker.worked(0.0)
    assert breaker.allows(0.0)


def test_an_answer_that_was_on_its_way_does_not_end_the_rest() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(0.0)
    breaker.worked(1.0)
    assert not breaker.allows(2.0)
