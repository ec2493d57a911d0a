from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.guard.fraud import (
    Allow,
    Deny,
    FraudGate,
    FraudPicture,
    OutboundRequest,
    Payer,
    PayerKind,
    Reason,
    Usage,
)
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings, Hours, Limits
from voicecore.guard.settings import Rate

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE = Payer(PayerKind.ACCOUNT, "alice")
FLOW = Payer(PayerKind.FLOW, "ivr_apps.main_menu:main")
IDLE = FraudPicture(Usage(), Usage())
GERMANY = Allowance(Destinations(countries=("DE",)))
OPEN = FraudSettings(accounts=GERMANY, flows=GERMANY)


def call(
    number: str = "+4930123456", payer: Payer | None = ALICE, trunk: str | None = "carrier"
) -> OutboundRequest:
    return OutboundRequest(payer, trunk, number, NOON)


def reason(settings: FraudSettings, request: OutboundRequest, picture: FraudPicture = IDLE) -> Reason | None:
    match FraudGate(settings).decide(picture, request):
        case Allow():
            return None
        case Deny(why):
            return why


def reached(number: str, destinations: Destinations) -> bool:
    return reason(FraudSettings(accounts=Allowance(destinations)), call(number)) is None


@pytest.mark.parametrize("payer", [None, ALICE, FLOW])
@pytest.mark.parametrize("number", ["+4930123456", "112", "0190123", "", "1000"])
def test_by_default_nobody_calls_anything(payer: Payer | None, number: str) -> None:
    assert reason(FraudSettings(), call(number, payer)) is not None


@given(st.text(max_size=30), st.sampled_from([OPEN, FraudSettings(always=(".",))]))
def test_without_a_payer_or_a_trunk_no_settings_allow_a_call(number: str, settings: FraudSettings) -> None:
    assert reason(settings, call(number, payer=None)) is Reason.ANONYMOUS
    assert reason(settings, call(number, trunk=None)) is Reason.NO_TRUNK


def test_a_country_is_told_within_a_shared_code() -> None:
    usa = Destinations(countries=("US",))
    assert reached("+12125550123", usa)
    assert not reached("+18765550123", usa)  # Jamaica
    assert not reached("+14165550123", usa)  # Canada
    assert not reached("+1", usa)


def test_premium_numbers_need_their_own_word() -> None:
    assert not reached("+499001234567", Destinations(countries=("DE",)))
    assert reached("+499001234567", Destinations(countries=("DE",), premium=True))


def test_numbers_of_no_country_are_country_001() -> None:
    assert not reached("+88213123456", Destinations(countries=("DE", "US")))
    assert reached("+80012345678", Destinations(countries=("001",)))


def test_denied_patterns_go_before_allowed_ones_and_countries() -> None:
    destinations = Destinations(allow=("+4930.", "110"), deny=("+49301.",), countries=("DE",))
    assert reached("+49302345678", destinations)
    assert reached("110", destinations)
    assert not reached("+49301345678", destinations)


@pytest.mark.parametrize(
    "number", ["4930123456", "004930123456", "+49 30 123456", "+٤٩٣٠١٢٣٤٥٦", "+", "+x", ""]
)
def test_a_country_is_only_told_of_e164(number: str) -> None:
    assert not reached(number, Destinations(countries=("DE",)))


def test_an_account_may_have_an_allowance_of_its_own() -> None:
    settings = replace(OPEN, account=MappingProxyType({"alice": Allowance()}))
    assert reason(settings, call()) is Reason.DESTINATION
    assert reason(settings, call(payer=Payer(PayerKind.ACCOUNT, "bob"))) is None
    assert reason(settings, call(payer=Payer(PayerKind.FLOW, "alice"))) is None


def test_each_limit_denies_with_its_own_reason() -> None:
    limits = Limits(Rate(1.0, 1.0), 2, 5.0)
    settings = FraudSettings(
        accounts=replace(GERMANY, limits=limits), total=limits, prices=MappingProxyType({"+49": 0.1})
    )
    used = {
        Reason.RATE: Usage(tokens=0.5),
        Reason.CONCURRENT: Usage(running=2),
        Reason.SPEND: Usage(spent=5.0),
    }
    for why, usage in used.items():
        assert reason(settings, call(), FraudPicture(usage, Usage())) is why
        assert reason(settings, call(), FraudPicture(Usage(), usage)) is Reason[f"TOTAL_{why.name}"]


def test_where_money_is_counted_a_destination_without_a_price_is_denied() -> None:
    settings = FraudSettings(
        accounts=replace(GERMANY, limits=Limits(spend=5.0)),
        prices=MappingProxyType({"+4930": 0.1, "+49301": 0.2}),
    )
    gate = FraudGate(settings)
    assert gate.decide(IDLE, call("+49302345678")) == Allow(0.1)
    assert gate.decide(IDLE, call("+49301345678")) == Allow(0.2)
    assert gate.decide(IDLE, call("+4940123456")) == Deny(Reason.NO_PRICE)


def test_emergency_numbers_pass_every_limit() -> None:
    busy = FraudPicture(Usage(99, 0.0, 99.0), Usage(99, 0.0, 99.0))
    assert reason(FraudSettings(always=("112",)), call("112"), busy) is None
    assert reason(FraudSettings(always=("112",)), call("1120"), busy) is Reason.DESTINATION


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"),
    [(8, 18, True), (13, 18, False), (8, 12, False), (22, 14, True), (22, 6, False)],
)
def test_hours_are_local_and_may_pass_midnight(opens: int, closes: int, is_open: bool) -> None:
    hours = Hours(time(opens), time(closes), ZoneInfo("Etc/UTC"))
    settings = FraudSettings(accounts=replace(GERMANY, hours=hours))
    assert reason(settings, call()) is (None if is_open else Reason.HOURS)


def test_hours_follow_their_zone() -> None:
    hours = Hours(time(8), time(18), ZoneInfo("Asia/Tokyo"))  # 21:00 there
    assert reason(FraudSettings(accounts=replace(GERMANY, hours=hours)), call()) is Reason.HOURS


_USAGE = st.builds(Usage, st.integers(0, 5), st.floats(0.0, 3.0), st.floats(0.0, 10.0))


@given(_USAGE, _USAGE, _USAGE)
def test_who_has_used_more_is_never_allowed_more(one: Usage, two: Usage, total: Usage) -> None:
    limits = Limits(Rate(1.0, 3.0), 3, 5.0)
    settings = FraudSettings(accounts=replace(GERMANY, limits=limits), prices=MappingProxyType({"+": 1.0}))
    less = Usage(min(one.running, two.running), max(one.tokens, two.tokens), min(one.spent, two.spent))
    if reason(settings, call(), FraudPicture(less, total)) is not None:
        assert reason(settings, call(), FraudPicture(one, total)) is not None
