from __future__ import annotations

import asyncio

import pytest

from voicecore.calls.race import beside, everyone, race


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


async def test_what_runs_beside_a_block_ends_with_it() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with beside(work()):
        await asyncio.sleep(1)
    assert ended.is_set()
    assert asyncio.get_running_loop().time() < 5


async def test_an_error_beside_a_block_ends_it_and_is_raised_as_itself() -> None:
    async def work() -> None:
        await asyncio.sleep(1)
        raise ValueError("beside")

    with pytest.raises(ValueError, match="beside"):
        async with beside(work()):
            await asyncio.sleep(60)
    assert asyncio.get_running_loop().time() < 5


async def test_everyone_ends_with_the_last() -> None:
    await everyone(asyncio.sleep(1), asyncio.sleep(3), asyncio.sleep(2))
    assert asyncio.get_running_loop().time() == pytest.approx(3, abs=0.01)


async def test_one_error_of_everyone_is_raised_as_itself_and_ends_the_others() -> None:
    async def broken() -> None:
        raise ValueError("one of them")

    with pytest.raises(ValueError, match="one of them"):
        await everyone(asyncio.sleep(60), broken())
    assert asyncio.get_running_loop().time() < 5
