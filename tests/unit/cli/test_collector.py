from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from contextlib import contextmanager

from voicecore.cli import collector
from voicecore.cli.collector import LONGEST_S, LOOK_S, SHORTEST_S, sweep


async def _looks(seconds: float, *, quiet: bool) -> list[float]:
    """When everything is looked at, in seconds since the start."""
    loop, found = asyncio.get_running_loop(), list[float]()
    start = loop.time()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await sweep(lambda: quiet, lambda: found.append(loop.time() - start))
    return found


async def test_a_quiet_server_looks_at_everything_now_and_then() -> None:
    assert await _looks(2.5 * SHORTEST_S, quiet=True) == [SHORTEST_S, 2 * SHORTEST_S]


async def test_a_server_that_is_never_quiet_looks_at_last() -> None:
    assert await _looks(LONGEST_S + LOOK_S + 1.0, quiet=False) == [LONGEST_S]


@contextmanager
def _collector_as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def test_what_grew_old_is_not_looked_at_by_itself() -> None:
    with _collector_as_it_was():
        collector.spare()
        _, old, _ = gc.get_threshold()
        assert gc.get_threshold()[0] == collector.YOUNG_OBJECTS
        assert old > 1_000_000
