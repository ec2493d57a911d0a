from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.guard.policy import Method, Source
from voicecore.guard.rates import Admit, Drop, Load, Overload, RateLimits, Refuse, TokenBucket
from voicecore.guard.settings import OverloadSettings, Rate, RateSettings
from voicecore.guard.source import source_key

HOST = source_key("198.51.100.7")
QUIET = Load(lateness_s=0.0, calls=10, transactions=10, engine_admits=True)
SETTINGS = OverloadSettings()


def admitted(
    limits: RateLimits, source: Source, times: int, now: float, method: Method = Method.INVITE
) -> int:
    return sum(isinstance(limits.decide(method, source, HOST, now), Admit) for _ in range(times))


@given(
    st.floats(0.1, 1000.0),
    st.integers(1, 100),
    st.lists(st.floats(0.0, 10.0), max_size=100),
)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(
    per_s: float, burst: int, pauses: list[float]
) -> None:
    bucket, now, taken = TokenBucket(Rate(per_s, float(burst)), 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)
        assert taken <= burst + now * per_s + 1e-6


def test_a_source_gets_its_burst_then_its_rate() -> None:
    limits = RateLimits(RateSettings(by_method=(("INVITE", Rate(2.0, 5.0)),)))
    assert admitted(limits, Source.KNOWN, 100, 0.0) == 5
    assert admitted(limits, Source.KNOWN, 100, 1.0) == 2


def test_a_strangers_excess_is_dropped_and_an_accounts_is_told_when_to_come_back() -> None:
    limits = RateLimits(RateSettings(by_method=(("INVITE", Rate(1.0, 1.0)),), retry_after_s=7))
    for source, answer in (
        (Source.STRANGER, Drop(is_own_excess=True)),
        (Source.ACCOUNT, Refuse(7)),
        (Source.KNOWN, Refuse(7)),
    ):
        key = source_key(source.value)
        assert limits.decide(Method.INVITE, source, key, 0.0) == Admit()
        assert limits.decide(Method.INVITE, source, key, 0.0) == answer


def test_methods_without_a_rate_of_their_own_share_one() -> None:
    limits = RateLimits(RateSettings(other=Rate(1.0, 3.0)))
    methods = (Method.OPTIONS, Method.MESSAGE, Method.OTHER, Method.PUBLISH)
    decisions = [limits.decide(method, Source.STRANGER, HOST, 0.0) for method in methods]
    assert decisions == [Admit(), Admit(), Admit(), Drop(is_own_excess=True)]


@pytest.mark.parametrize("source", [Source.TRUNK, Source.LOCAL])
def test_trunks_and_this_machine_are_held_to_the_total_only(source: Source) -> None:
    limits = RateLimits(RateSettings(by_method=(("INVITE", Rate(1.0, 1.0)),), total=Rate(1.0, 50.0)))
    assert admitted(limits, source, 100, 0.0) == 50


def test_one_source_in_excess_leaves_the_total_to_the_others() -> None:
    limits = RateLimits(RateSettings(by_method=(("INVITE", Rate(1.0, 1.0)),), total=Rate(1.0, 50.0)))
    assert admitted(limits, Source.STRANGER, 1000, 0.0) == 1
    assert admitted(limits, Source.TRUNK, 100, 0.0) == 49


def test_forged_strangers_leave_room_for_trunks_and_phones() -> None:
    limits = RateLimits(RateSettings(strangers=Rate(1.0, 5.0), total=Rate(1.0, 50.0)))
    forged = [source_key(f"203.0.113.{number}") for number in range(100)]
    decisions = [limits.decide(Method.INVITE, Source.STRANGER, key, 0.0) for key in forged]
    assert decisions == [Admit()] * 5 + [Drop(is_own_excess=False)] * 95
    assert admitted(limits, Source.TRUNK, 100, 0.0) == 45


def test_nothing_is_remembered_of_more_sources_than_allowed() -> None:
    limits = RateLimits(RateSettings(most_sources=100))
    for number in range(1000):
        limits.decide(Method.REGISTER, Source.STRANGER, source_key(f"host-{number}"), 0.0)
    assert limits.census() == {"rates": 100}


@pytest.mark.parametrize(
    "load",
    [
        replace(QUIET, lateness_s=SETTINGS.lateness_s),
        replace(QUIET, calls=SETTINGS.calls),
        replace(QUIET, transactions=SETTINGS.transactions),
        replace(QUIET, engine_admits=False),
    ],
)
def test_each_measure_alone_refuses_new_calls(load: Load) -> None:
    overload = Overload(SETTINGS)
    assert overload.decide(QUIET, 0.0) == Admit()
    assert isinstance(overload.decide(load, 0.0), Refuse)


def test_calls_are_taken_again_after_calm_below_the_relief() -> None:
    overload = Overload(SETTINGS)
    between = replace(QUIET, calls=int(SETTINGS.calls * 0.9))
    assert overload.decide(between, 0.0) == Admit()
    overload.decide(replace(QUIET, calls=SETTINGS.calls), 1.0)
    assert isinstance(overload.decide(between, 100.0), Refuse)
    assert isinstance(overload.decide(QUIET, 101.0), Refuse)
    assert isinstance(overload.decide(between, 102.0), Refuse)
    assert isinstance(overload.decide(QUIET, 103.0), Refuse)
    assert isinstance(overload.decide(QUIET, 104.9), Refuse)
    assert overload.decide(QUIET, 105.0) == Admit()


def test_lateness_turns_away_a_share_of_the_calls() -> None:
    overload = Overload(OverloadSettings(lateness_s=0.5, ease=0.0))
    late = replace(QUIET, lateness_s=0.25)
    refused = [isinstance(overload.decide(late, 0.0), Refuse) for _ in range(100)]
    assert sum(refused) == 50
    assert refused[:4] == [False, True, False, True]
    assert overload.decide(QUIET, 0.0) == Admit()


def test_refused_peers_are_told_different_times() -> None:
    overload = Overload(OverloadSettings(retry_after_s=5, spread_s=2))
    full = replace(QUIET, engine_admits=False)
    assert [overload.decide(full, 0.0) for _ in range(4)] == [Refuse(5), Refuse(6), Refuse(7), Refuse(5)]


_LOADS = st.builds(
    Load, st.floats(0.0, 1.0), st.integers(0, 9000), st.integers(0, 40_000), engine_admits=st.booleans()
)


@given(st.lists(st.tuples(_LOADS, st.floats(0.0, 3.0)), max_size=30), _LOADS, _LOADS)
def test_a_worse_load_is_never_admitted_where_a_better_one_is_refused(
    history: list[tuple[Load, float]], one: Load, two: Load
) -> None:
    better = Load(
        min(one.lateness_s, two.lateness_s),
        min(one.calls, two.calls),
        min(one.transactions, two.transactions),
        one.engine_admits or two.engine_admits,
    )
    first, second, now = Overload(SETTINGS), Overload(SETTINGS), 0.0
    for load, pause in history:
        now += pause
        assert first.decide(load, now) == second.decide(load, now)
    if isinstance(first.decide(better, now), Refuse):
        assert isinstance(second.decide(one, now), Refuse)
