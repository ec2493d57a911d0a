"""An amount of money in a currency, as a flow hands it to a prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from voicecore.errors import UsageError

_CODE: Final = re.compile(r"[A-Z]{3}")
_DECIMALS: Final = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""ISO 4217: the currencies whose smallest unit is not a hundredth."""


@dataclass(frozen=True, slots=True, init=False)
class Money:
    """`amount` is rounded to the currency's smallest unit; `currency` is its ISO 4217 code.

    Raises UsageError for what is no number or no code.

    >>> Money("12.5", "USD").minor
    1250
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: Decimal | int | float | str, currency: str) -> None:
        if not _CODE.fullmatch(currency):
            raise UsageError(f"not an ISO 4217 code: {currency!r}")
        object.__setattr__(self, "currency", currency)
        try:
            rounded = Decimal(str(amount)).quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)
        except InvalidOperation as error:
            raise UsageError("not an amount of money") from error
        if not rounded.is_finite():
            raise UsageError("not an amount of money")
        object.__setattr__(self, "amount", rounded)

    @property
    def decimals(self) -> int:
        """Digits after the point: 2 for cents, 0 for yen."""
        return _DECIMALS.get(self.currency, 2)

    @property
    def minor(self) -> int:
        """The amount in the smallest unit, such as cents."""
        return int(self.amount.scaleb(self.decimals))
