"""Concurrent calls and calls a second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.trunks.limits import Direction, Limit, OverLimit, TrunkLimits
from voicecore.trunks.trunk import Capacity

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def test_directions_are_counted_apart() -> None:
    limits = TrunkLimits(Capacity(inbound=1, outbound=2), 0.0)
    assert [limits.admit(way, 0.0) for way in (IN, OUT, OUT)] == [None, None, None]
    assert limits.admit(IN, 0.0) == limits.admit(OUT, 0.0) == OverLimit(Limit.CONCURRENT_CALLS)
    assert (limits.calls(IN), limits.calls(OUT), limits.refused) == (1, 2, 2)
    limits.release(IN)
    assert limits.admit(IN, 0.0) is None


def test_the_starts_of_both_directions_share_one_bucket() -> None:
    limits = TrunkLimits(Capacity(calls_per_second=2.0, burst=2), 0.0)
    assert limits.admit(IN, 0.0) is None
    assert limits.admit(OUT, 0.0) is None
    assert limits.admit(IN, 0.0) == OverLimit(Limit.CALLS_PER_SECOND, 0.5)
    assert limits.admit(IN, 0.5) is None


def test_a_call_that_is_over_the_concurrent_limit_costs_no_start() -> None:
    limits = TrunkLimits(Capacity(outbound=0, calls_per_second=1.0), 0.0)
    assert limits.admit(OUT, 0.0) == OverLimit(Limit.CONCURRENT_CALLS)
    assert limits.admit(IN, 0.0) is None


def test_without_limits_everything_is_admitted() -> None:
    limits = TrunkLimits(Capacity(), 0.0)
    assert all(limits.admit(OUT, 0.0) is None for _ in range(1000))


def test_releasing_what_was_not_admitted_is_a_bug() -> None:
    with pytest.raises(UsageError):
        TrunkLimits(Capacity(), 0.0).release(IN)


@given(
    st.integers(0, 4),
    st.integers(0, 4),
    st.floats(0.1, 50),
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from([*Direction]), st.booleans(), st.floats(0, 3)), max_size=60),
)
def test_no_limit_is_ever_exceeded(
    inbound: int, outbound: int, rate: float, burst: int, events: list[tuple[Direction, bool, float]]
) -> None:
    limits = TrunkLimits(Capacity(inbound, outbound, rate, burst), 0.0)
    now, starts, calls = 0.0, list[float](), dict.fromkeys(Direction, 0)
    for way, ends, wait in events:
        now += wait
        if ends and calls[way]:
            limits.release(way)
            calls[way] -= 1
        elif limits.admit(way, now) is None:
            starts.append(now)
            calls[way] += 1
        assert calls[IN] <= inbound
        assert calls[OUT] <= outbound
        assert (limits.calls(IN), limits.calls(OUT)) == (calls[IN], calls[OUT])
    for first, began in enumerate(starts):
        for last in range(first, len(starts)):
            assert last - first + 1 <= burst + rate * (starts[last] - began) + 1e-6
