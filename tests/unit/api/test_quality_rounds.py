"""How running calls sound is told in turn, and only where somebody listens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.unit.api.calls import ended, id_of, running
from tests.unit.api.site import Site, site
from voicecore.api.quality_rounds import A_ROUND, EVERY_S, QualityRounds


async def talking(folder: Path, count: int) -> Site:
    """A site with so many answered calls, measured and known to the watch."""
    made = site(folder)
    store = made.platform.watch.store(made.kept)
    for number in range(1, count + 1):
        file = replace(running(number), legs=ended(number).legs)
        made.calls.running.append(file)
        await store.begin(file.call)
    return made


async def rounds(made: Site, seconds: float, *, follows: bool = True) -> list[str]:
    """The events of so long."""
    watch = made.platform.watch
    first = watch.feed.newest
    async with asyncio.TaskGroup() as group:
        work: list[asyncio.Task[None]] = [group.create_task(QualityRounds(watch, made.calls).run())]
        if follows:
            work.append(group.create_task(watch.news(1 << 62)))
        await asyncio.sleep(seconds)
        for task in work:
            task.cancel()
    return [one.text for one in watch.feed.after(first) or []]


async def test_a_follower_hears_of_each_call_every_round(tmp_path: Path) -> None:
    made = await talking(tmp_path, 2)
    told = await rounds(made, 3 * EVERY_S)
    assert [id_of(1) in text for text in told] == [True, False] * 2
    assert all('"kind":"quality"' in text and '"mos":4.4' in text for text in told)


async def test_without_a_follower_nothing_is_measured(tmp_path: Path) -> None:
    made = await talking(tmp_path, 2)
    assert await rounds(made, 60, follows=False) == []
    assert made.calls.measured == []


async def test_many_calls_take_turns(tmp_path: Path) -> None:
    made = await talking(tmp_path, 2 * A_ROUND + 1)
    told = await rounds(made, 3 * EVERY_S + 2)
    assert len(told) == 3 * A_ROUND
    assert set(made.calls.measured) == {id_of(number) for number in range(1, 2 * A_ROUND + 2)}


async def test_who_is_not_answered_yet_is_not_measured(tmp_path: Path) -> None:
    made = await talking(tmp_path, 1)
    made.calls.running[:] = [
        replace(one, call=replace(one.call, answered=None)) for one in made.calls.running
    ]
    assert await rounds(made, 20) == []


async def test_a_call_that_ended_meanwhile_is_told_no_more(tmp_path: Path) -> None:
    made = await talking(tmp_path, 1)
    await made.platform.watch.store(made.kept).finish(ended(1))
    assert await rounds(made, 20) == []
