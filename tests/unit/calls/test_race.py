from __future__ import annotations

import asyncio

import pytest

from voicecore.calls.race import race


async def test_the_first_one_wins_and_the_others_are_cancelled() -> None:
    cancelled = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    assert await race(slow(), asyncio.sleep(1), slow()) == (1,)
    assert cancelled.is_set()
    assert asyncio.get_running_loop().time() < 5


async def test_several_may_finish_at_once() -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(1, event.set)
    assert await race(event.wait(), event.wait()) == (0, 1)


async def test_what_one_raises_is_raised() -> None:
    async def fail() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        await race(asyncio.sleep(5), fail())


async def test_cancelling_the_race_cancels_the_runners() -> None:
    ended = asyncio.Event()

    async def runner() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await race(runner())
    assert ended.is_set()
