"""When Python's garbage collector looks, and at what, in a server that must never stop for long."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

YOUNG_OBJECTS = 20_000
"""Made and not freed between two looks of the collector, which then goes through these alone.

A call that ends leaves it nothing to find, but eleven objects wait half a minute for the peer's repeats. More of them
at a time make the server stop for longer, fewer save nothing.
"""
_NEVER = 1 << 30

LOOK_S = 60.0
"""How often is asked whether it is quiet."""
SHORTEST_S, LONGEST_S = 600.0, 3600.0
"""Between two looks at all that grew old: when no call runs, and whatever runs."""


def spare() -> None:
    """What was made until now lives as long as the program; of what comes, only the young is looked at.

    Without this, 1,000 calls a second have Python go through the transactions of 32,000 calls again and again, and stop
    for a second each time. What grew old and is then lost in a circle waits for `sweep`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, _NEVER)


async def sweep(is_quiet: Callable[[], bool], collect: Callable[[], object] = gc.collect) -> None:
    """Never returns: looks at everything from time to time, if it can when nobody would notice."""
    waited = 0.0
    while True:
        await asyncio.sleep(LOOK_S)
        waited += LOOK_S
        if waited >= LONGEST_S or (waited >= SHORTEST_S and is_quiet()):
            waited = 0.0
            collect()
