"""Amounts of money from Mandarin words: 十二元五角三分, 十二块五, 十二点五美元."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

_NO_UNIT: Final = "[^元块塊圆圓角毛分点點.]"
_UNIT: Final = (
    "人民币|人民幣|[美欧歐日韩韓澳港加]?[元圆圓]|[块塊]|英镑|英鎊|卢比|盧比|瑞士法郎|新加坡元|元新台币"
)
_FORM: Final = re.compile(
    rf"(?:(?P<whole>{_NO_UNIT}+?)(?:[点點.](?P<after>{_NO_UNIT}+?))?"
    rf"(?:(?P<unit>{_UNIT})(?:(?P<last>{_NO_UNIT})(?=$))?|(?=$)))?"
    rf"(?:(?P<jiao>{_NO_UNIT})[角毛])?(?:零?(?P<fen>{_NO_UNIT})分)?"
)
_LONGEST: Final = 80


def amount(
    text: str, number: Callable[[str], int | None], digits: Callable[[str], str | None]
) -> Decimal | None:
    """In whole units. `text` is without punctuation but a point between numerals."""
    found = None if len(text) > _LONGEST else _FORM.fullmatch(text.rstrip("钱錢整"))
    if found is None:
        return None
    whole, after, jiao, fen, last = (found[name] for name in ("whole", "after", "jiao", "fen", "last"))
    tenths = last if jiao is None else jiao  # 十二块五 is twelve and five tenths
    value = Decimal(0)
    if whole is not None:
        count = number(whole)
        if count is None:
            return None
        value = Decimal(count)
    if after is not None:
        decimals = digits(after)
        if decimals is None or whole is None:
            return None
        value += Decimal(f"0.{decimals}")
    for part, place in ((tenths, -1), (fen, -2)):
        if part:
            one = number(part)
            if one is None or not 0 <= one <= 9:
                return None
            value += Decimal(one).scaleb(place)
    return value if whole is not None or tenths or fen else None
