from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.guard.fraud import Allow, Deny, OutboundRequest, Payer, PayerKind, Reason
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings, Limits
from voicecore.guard.ledger import CallDenied, Ledger, SpendReached
from voicecore.guard.settings import Rate
from voicecore.ids import LegId

WALL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE = Payer(PayerKind.ACCOUNT, "alice")
BOB = Payer(PayerKind.ACCOUNT, "bob")
DAY = 86_400.0


def settings(spend: float | None = 6.0, total: float | None = None) -> FraudSettings:
    """Two calls at once for each, one unit a minute."""
    allowance = Allowance(Destinations(allow=("+.",)), Limits(Rate(1.0, 5.0), 2, spend))
    return FraudSettings(
        accounts=allowance,
        total=Limits(Rate(10.0, 30.0), 100, total),
        prices=MappingProxyType({"+": 1.0}),
    )


def call(payer: Payer | None = ALICE) -> OutboundRequest:
    return OutboundRequest(payer, "carrier", "+4930123456", WALL)


def test_a_leg_counts_from_begin_to_end_and_costs_from_its_answer() -> None:
    ledger = Ledger(settings())
    assert ledger.begin(LegId(1), call(), 0.0) == Allow(1.0)
    assert (ledger.usage(ALICE, 60.0).running, ledger.usage(ALICE, 60.0).spent) == (1, 0.0)
    ledger.answered(LegId(1), 60.0)
    ledger.end(LegId(1), 180.0)
    for payer in (ALICE, None):
        usage = ledger.usage(payer, 500.0)
        assert usage.running == 0
        assert usage.spent == pytest.approx(2.0)
    assert ledger.usage(BOB, 500.0).spent == 0.0


def test_a_third_call_at_once_is_denied_until_one_ends() -> None:
    ledger = Ledger(settings())
    for leg in (1, 2):
        ledger.begin(LegId(leg), call(), 0.0)
    assert ledger.begin(LegId(3), call(), 0.0) == Deny(Reason.CONCURRENT)
    assert ledger.begin(LegId(4), call(BOB), 0.0) == Allow(1.0)
    ledger.end(LegId(1), 1.0)
    assert ledger.begin(LegId(5), call(), 1.0) == Allow(1.0)


def test_two_running_calls_share_the_money_and_both_are_ended_when_it_is_gone() -> None:
    ledger = Ledger(settings(spend=6.0))
    for leg in (1, 2):
        ledger.begin(LegId(leg), call(), 0.0)
        ledger.answered(LegId(leg), 0.0)
    assert ledger.next_timer() == pytest.approx(180.0)
    ledger.handle_timer(180.0)
    assert ledger.poll() == [SpendReached(ALICE, (LegId(1), LegId(2)))]
    for leg in (1, 2):
        ledger.end(LegId(leg), 180.0)
    assert ledger.begin(LegId(3), call(), 181.0) == Deny(Reason.SPEND)
    assert ledger.begin(LegId(4), call(), 181.0 + DAY) == Allow(1.0)
    assert ledger.census() == {"payers": 1, "outbound_legs": 1}


def test_the_total_ends_the_calls_of_all() -> None:
    ledger = Ledger(settings(spend=None, total=4.0))
    for leg, payer in ((1, ALICE), (2, BOB)):
        ledger.begin(LegId(leg), call(payer), 0.0)
        ledger.answered(LegId(leg), 0.0)
    ledger.handle_timer(120.0)
    assert ledger.poll() == [SpendReached(None, (LegId(1), LegId(2)))]


def test_no_lack_of_money_ends_an_emergency_call() -> None:
    ledger = Ledger(replace(settings(spend=1.0), always=("112",)))
    ledger.begin(LegId(1), call(), 0.0)
    ledger.begin(LegId(2), replace(call(), number="112"), 0.0)
    for leg in (1, 2):
        ledger.answered(LegId(leg), 0.0)
    ledger.handle_timer(60.0)
    assert ledger.poll() == [SpendReached(ALICE, (LegId(1),))]
    assert isinstance(ledger.begin(LegId(3), replace(call(), number="112"), 61.0), Allow)


def test_an_unanswered_leg_arms_no_timer() -> None:
    ledger = Ledger(settings())
    ledger.begin(LegId(1), call(), 0.0)
    assert ledger.next_timer() is None


def test_an_attack_is_told_once_a_minute() -> None:
    ledger = Ledger(settings())
    for second in range(120):
        ledger.begin(LegId(second), call(None), float(second))
    assert ledger.poll() == [CallDenied(None, Reason.ANONYMOUS, "+4930123456")] * 2


def test_a_leg_begins_once() -> None:
    ledger = Ledger(settings())
    ledger.begin(LegId(1), call(), 0.0)
    with pytest.raises(UsageError):
        ledger.begin(LegId(1), call(), 0.0)


def test_calls_a_second_are_held_to_the_payers_rate() -> None:
    many = replace(settings().accounts, limits=Limits(Rate(1.0, 3.0), 100))
    ledger = Ledger(FraudSettings(accounts=many))
    decisions = [ledger.begin(LegId(leg), call(), 0.0) for leg in range(5)]
    assert decisions == [Allow(0.0)] * 3 + [Deny(Reason.RATE)] * 2


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("bae"), st.floats(0.0, 4000.0)), max_size=60))
def test_books_balance_whatever_happens(steps: list[tuple[int, str, float]]) -> None:
    ledger, now = Ledger(settings(spend=50.0)), 0.0
    running: set[int] = set()
    for leg, step, passed in steps:
        while (timer := ledger.next_timer()) is not None and timer <= now + passed:
            ledger.handle_timer(timer)
            spent = {fact.legs for fact in ledger.poll() if isinstance(fact, SpendReached)}
            for ended in {one for legs in spent for one in legs}:
                ledger.end(ended, timer)
                running.discard(ended)
        now += passed
        match step:
            case "b" if leg not in running:
                if isinstance(ledger.begin(LegId(leg), call(), now), Allow):
                    running.add(leg)
            case "a":
                ledger.answered(LegId(leg), now)
            case "e":
                ledger.end(LegId(leg), now)
                running.discard(leg)
        usage = ledger.usage(ALICE, now)
        assert usage.running == len(running) <= 2
        assert 0.0 <= usage.spent <= 50.0 + 1e-6
        assert ledger.usage(None, now).spent == pytest.approx(usage.spent)
