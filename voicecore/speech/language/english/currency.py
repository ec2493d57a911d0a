"""What English calls the currencies, by ISO 4217 code."""

from __future__ import annotations

from typing import Final, NamedTuple


class Currency(NamedTuple):
    """Singular and plural of the unit, and of its smallest part."""

    major: tuple[str, str]
    minor: tuple[str, str] = ("", "")


_CENTS: Final = ("cent", "cents")


def _with_cents(singular: str, plural: str) -> Currency:
    return Currency((singular, plural), _CENTS)


CURRENCIES: Final = {
    "AUD": _with_cents("Australian dollar", "Australian dollars"),
    "CAD": _with_cents("Canadian dollar", "Canadian dollars"),
    "CHF": Currency(("Swiss franc", "Swiss francs"), ("centime", "centimes")),
    "CNY": Currency(("yuan", "yuan"), ("fen", "fen")),
    "EUR": _with_cents("euro", "euros"),
    "GBP": Currency(("pound", "pounds"), ("penny", "pence")),
    "HKD": _with_cents("Hong Kong dollar", "Hong Kong dollars"),
    "INR": Currency(("rupee", "rupees"), ("paisa", "paise")),
    "JPY": Currency(("yen", "yen")),
    "KRW": Currency(("won", "won")),
    "SGD": _with_cents("Singapore dollar", "Singapore dollars"),
    "TWD": _with_cents("New Taiwan dollar", "New Taiwan dollars"),
    "USD": _with_cents("dollar", "dollars"),
}
