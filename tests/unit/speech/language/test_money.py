from __future__ import annotations

from decimal import Decimal

import pytest

from voicecore.errors import UsageError
from voicecore.speech.language.money import Money


def test_an_amount_is_rounded_to_the_smallest_unit() -> None:
    assert Money("1.005", "USD").amount == Decimal("1.01")
    assert Money("99.5", "JPY").amount == 100
    assert Money("1.2345", "KWD").minor == 1235


def test_equal_amounts_are_equal() -> None:
    assert Money(2, "USD") == Money("2.00", "USD")


@pytest.mark.parametrize(
    ("amount", "currency"), [("x", "USD"), ("NaN", "USD"), ("inf", "USD"), ("1e30", "USD")]
)
def test_what_is_no_amount_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(UsageError, match="amount"):
        Money(amount, currency)


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDX", "$"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(UsageError, match="4217"):
        Money(1, currency)
