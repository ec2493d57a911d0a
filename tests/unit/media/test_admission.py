"""How much the media engine takes: by what was measured, and without changing its mind every second."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.media.admission import (
    CALM,
    FEW,
    Limits,
    Measurement,
    Standing,
    Work,
    has_time,
    judge,
    measurement,
)

LIMITS = Limits()
QUIET = Measurement(100, 1000, 0.2, 0.0)
BUSY = QUIET._replace(busy=0.9)
LATE = QUIET._replace(late=0.2)
BETWEEN = QUIET._replace(busy=0.8)
"""Below the bound, but not well below."""


def after(measurements: Sequence[Measurement], limits: Limits = LIMITS) -> Standing:
    standing = Standing()
    for one in measurements:
        standing = judge(standing, one, limits)
    return standing


@pytest.mark.parametrize("bad", [BUSY, LATE])
def test_one_hiccup_refuses_nobody_and_two_in_a_row_do(bad: Measurement) -> None:
    assert not after([QUIET, bad]).refuses
    assert not after([bad, QUIET, bad]).refuses
    assert after([bad, bad]).refuses
    assert after([bad, bad]).room == 0


def test_it_takes_again_only_when_it_was_calm_for_a_while() -> None:
    tired = [BUSY, BUSY]
    assert after([*tired, *[BETWEEN] * 100]).refuses
    assert after([*tired, *[QUIET] * (CALM - 1), BETWEEN, *[QUIET] * (CALM - 1)]).refuses
    assert not after([*tired, *[QUIET] * CALM]).refuses


def test_what_makes_a_machine_late_that_has_few_legs_is_something_else() -> None:
    assert not after([LATE._replace(legs=FEW - 1, busy=1.0)] * 10).refuses


@pytest.mark.parametrize(
    ("measurement", "limits", "room"),
    [
        (QUIET, Limits(load=0.8), 300),  # four times as many would be at the bound
        (QUIET._replace(ports_free=7), LIMITS, 7),
        (QUIET, Limits(legs=120), 20),
        (QUIET, Limits(legs=90), 0),
        (Measurement(3, 50, 0.9, 0.0), LIMITS, 50),
        (BUSY, LIMITS, 0),
        (QUIET._replace(taken=0.85), LIMITS, 0),  # so much is expected, though little was measured
    ],
)
def test_the_room_is_the_narrowest_of_ports_bound_and_time(
    measurement: Measurement, limits: Limits, room: int
) -> None:
    assert after([measurement], limits).room == room


def test_no_more_legs_are_opened_between_two_measurements_than_there_is_room_for() -> None:
    standing = after([QUIET], Limits(load=0.8))
    assert standing.admits(399)
    assert not standing.admits(400)


def test_legs_that_nobody_measured_yet_leave_no_time_for_more() -> None:
    assert has_time(200, [0.9, 0.84], LIMITS)
    assert not has_time(200, [0.9, 0.85], LIMITS)
    assert has_time(FEW - 1, [1.0], LIMITS)


def test_one_worker_that_is_late_refuses_though_all_the_others_are_not() -> None:
    idle, works = Work(0, 0, 0), [Work(10**9, 100, 100), Work(0, 900, 0)]
    measured = measurement([idle, idle], works, 2.0, [0.6, 0.2], 100, 50)
    assert measured == Measurement(100, 50, busy=0.25, late=1.0, taken=0.4)
    assert after([measured, measured]).refuses


_measurements = st.builds(
    Measurement, st.integers(0, 5000), st.integers(0, 5000), st.floats(0, 4), st.floats(0, 1), st.floats(0, 4)
)


@given(st.lists(_measurements, min_size=1), st.builds(Limits, st.integers(0, 2000), st.floats(0.05, 1)))
def test_bounds_hold_whatever_was_measured(measurements: list[Measurement], limits: Limits) -> None:
    standing, last = after(measurements, limits), measurements[-1]
    assert 0 <= standing.room <= last.ports_free
    assert not standing.admits(last.legs + last.ports_free)
    assert not (limits.legs and standing.admits(limits.legs))
    assert standing.admits(last.legs) is (standing.room > 0)
