"""Which servers a call tries, as tables of situations."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.uri import Uri
from voicecore.trunks.choice import (
    GiveUp,
    Outcome,
    ServerPicture,
    TryNext,
    choose,
    may_fail_over,
    next_attempt,
)
from voicecore.trunks.health import ServerState
from voicecore.trunks.trunk import Failover, TrunkServer

UNKNOWN, UP, DOWN = ServerState


def server(name: str, priority: int = 1, weight: int = 1) -> TrunkServer:
    return TrunkServer(Uri.parse(f"sip:{name}.example"), priority, weight)


def test_a_server_that_is_down_is_left_out() -> None:
    main, spare = server("main", 1), server("spare", 2)
    assert choose([ServerPicture(main, DOWN), ServerPicture(spare, UNKNOWN)], random.random) == (spare,)
    assert choose([ServerPicture(main, UP), ServerPicture(spare, UP)], random.random) == (main, spare)
    assert choose([ServerPicture(main, DOWN)], random.random) == ()


@pytest.mark.parametrize(
    ("status", "had_rung", "goes_on"),
    [
        (408, False, True),
        (503, False, True),
        (500, False, True),
        (486, False, False),
        (404, False, False),
        (603, False, False),
        (302, False, False),
        (503, True, False),
        (408, True, False),
        (500, True, True),
        (480, True, False),
        (600, True, False),
    ],
)
def test_when_the_next_server_is_tried(status: int, had_rung: bool, goes_on: bool) -> None:
    failover = Failover(after_ringing=frozenset({500, 480, 600}))
    assert may_fail_over(Outcome(status, had_rung), failover) is goes_on


def test_a_6xx_is_final_even_where_somebody_listed_it() -> None:
    assert not may_fail_over(Outcome(603), Failover(frozenset({603})))


def test_the_last_failure_is_what_the_caller_is_told() -> None:
    assert next_attempt((), Outcome(503), Failover()) == GiveUp(503)
    assert next_attempt((server("b"),), Outcome(486), Failover()) == GiveUp(486)
    assert next_attempt((server("b"),), Outcome(503), Failover()) == TryNext(server("b"), ())


_pictures = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 9), st.sampled_from([*ServerState])), max_size=8
).map(
    lambda rows: [
        ServerPicture(server(f"s{number}", priority, weight), state)
        for number, (priority, weight, state) in enumerate(rows)
    ]
)


@given(_pictures, st.randoms(use_true_random=False), st.lists(st.sampled_from([408, 486, 500, 503, 603])))
def test_failover_visits_each_server_at_most_once(
    pictures: list[ServerPicture], lots: random.Random, statuses: list[int]
) -> None:
    attempts = choose(pictures, lots.random)
    assert {one.uri for one in attempts} == {p.server.uri for p in pictures if p.state is not DOWN}
    assert [one.priority for one in attempts] == sorted(one.priority for one in attempts)
    visited, rest = [*attempts[:1]], attempts[1:]
    for status in statuses:
        match next_attempt(rest, Outcome(status), Failover()):
            case TryNext(following, rest):
                visited.append(following)
            case GiveUp():
                break
    assert len({one.uri for one in visited}) == len(visited) <= len(attempts)
