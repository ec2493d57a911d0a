"""key: wait for one of a few keys, while others may read the rest."""

from __future__ import annotations

from voicecore.ivr.line import Line
from voicecore.ivr.results import Key


async def key(line: Line, keys: str) -> Key:
    """Returns with the first of `keys` that is pressed. A gather that runs beside it does not see them."""
    with line.digits.claimed(keys) as own:
        await own.pressed()
        return Key(own.take() or "")
