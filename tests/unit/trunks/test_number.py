"""Numbers of a carrier and ours, and where a trunk may call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.trunks.number import Barred, Destination, destination, normalised, written
from voicecore.trunks.pattern import fits
from voicecore.trunks.trunk import Destinations, NumberFormat, NumberRules, Outgoing, PrefixRule

GERMANY = NumberRules(country="DE")


def outgoing(
    *allowed: str, denied: tuple[str, ...] = (), premium: bool = False, rules: NumberRules = GERMANY
) -> Outgoing:
    return Outgoing("us.example", rules, Destinations(allowed, denied, premium))


@pytest.mark.parametrize(
    ("given_as", "country", "wanted"),
    [
        ("+4930123456", None, "+4930123456"),
        ("004930123456", "DE", "+4930123456"),
        ("030 123-456", "DE", "+4930123456"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("0114930123456", "US", "+4930123456"),
        ("112", "DE", "112"),
        ("1000", "DE", "1000"),
        ("02 36618300", "IT", "+390236618300"),
        ("030*21#", "DE", "030*21#"),
        ("alice", "DE", "alice"),
        ("030123456", None, "030123456"),
        ("", "DE", ""),
    ],
)
def test_inbound_numbers_become_e164(given_as: str, country: str | None, wanted: str) -> None:
    assert normalised(given_as, NumberRules(country=country)) == wanted


def test_a_carrier_without_plus_is_read_by_a_rule() -> None:
    rules = NumberRules(country="DE", inbound=(PrefixRule("49", "+49"), PrefixRule("4", "x")))
    assert normalised("4930123456", rules) == "+4930123456"


@pytest.mark.parametrize(
    ("format_", "berlin", "vienna"),
    [
        (NumberFormat.PLUS, "+4930123456", "+431234567"),
        (NumberFormat.E164, "4930123456", "431234567"),
        (NumberFormat.NATIONAL, "030123456", "00431234567"),
        (NumberFormat.AS_DIALLED, "030123456", "+431234567"),
    ],
)
def test_outbound_numbers_are_written_as_the_carrier_wants(
    format_: NumberFormat, berlin: str, vienna: str
) -> None:
    trunk = outgoing("+.", rules=NumberRules("DE", format_))
    assert destination("030123456", trunk) == Destination("+4930123456", berlin)
    assert destination("+431234567", trunk) == Destination("+431234567", vienna)


def test_rules_of_prefixes_come_after_the_format() -> None:
    rules = NumberRules("DE", NumberFormat.E164, outbound=(PrefixRule("", "9"), PrefixRule("49", "0")))
    assert written("+4930123456", rules) == "030123456"
    assert written("+431234567", rules) == "9431234567"


def test_nothing_is_allowed_by_default() -> None:
    for number in ("+4930123456", "030123456", "112", "1000"):
        assert destination(number, outgoing()) is Barred.NOT_ALLOWED


@pytest.mark.parametrize("number", ["+499001234567", "+49900123456789", "00499001234567", "0900 1 234567"])
def test_no_spelling_of_a_premium_number_passes(number: str) -> None:
    assert destination(number, outgoing("+49.")) is Barred.PREMIUM
    assert destination("09001234567", outgoing("+49.", premium=True)) == Destination(
        "+499001234567", "+499001234567"
    )


def test_a_denied_pattern_wins() -> None:
    trunk = outgoing("+.", denied=("+8816.",))
    assert destination("+881612345678", trunk) is Barred.NOT_ALLOWED


def test_an_emergency_number_needs_a_pattern_of_its_own() -> None:
    assert destination("112", outgoing("+49.")) is Barred.NOT_ALLOWED
    assert destination("112", outgoing("112")) == Destination("112", "112")


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "alice",
        "0900FLOWERS",
        "+4930123456;ext=5",
        "+49301234567890123456",
        "1" * 40,
        "٠٣٠١٢٣٤٥٦",
        "+1@a",
    ],
)
def test_what_is_no_number_is_never_sent(number: str) -> None:
    assert destination(number, outgoing("+.", ".", "alice")) is Barred.MALFORMED


_numbers = st.text("0123456789+ -*#", max_size=20)


@given(_numbers, st.sampled_from(["DE", "US", "IT", None]), st.sampled_from(NumberFormat))
def test_what_is_sent_is_what_was_allowed(number: str, country: str | None, format_: NumberFormat) -> None:
    match destination(number, outgoing("+49.", rules=NumberRules(country, format_))):
        case Destination(plain, wire):
            assert fits("+49.", plain)
            assert (
                normalised(wire if format_ is not NumberFormat.E164 else f"+{wire}", NumberRules(country))
                == plain
            )
        case Barred():
            pass


@given(st.text(max_size=40), st.sampled_from(["DE", "US", None]))
def test_any_text_can_be_normalised(text: str, country: str | None) -> None:
    once = normalised(text, NumberRules(country=country))
    assert normalised(once, NumberRules(country=country)) == once or len(text) > 30
