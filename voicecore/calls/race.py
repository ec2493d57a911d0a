"""Doing several things at once, with nothing left behind: the first of them, all of them, one beside a block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any


async def race(*runners: Coroutine[Any, Any, Any]) -> tuple[int, ...]:
    """Runs the coroutines until at least one is done, cancels the rest, and returns who finished (by position).

    Several may finish in one turn of the loop: the positions come in order. What one raises is raised here.
    """
    finished: list[int] = []

    async def run(position: int, runner: Coroutine[Any, Any, Any]) -> None:
        await runner
        finished.append(position)

    with _plain_errors():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(position, runner)) for position, runner in enumerate(runners)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
    return tuple(sorted(finished))


async def everyone(*runners: Coroutine[Any, Any, None]) -> None:
    """Runs the coroutines until all are done. What one raises is raised here, and the rest are cancelled."""
    with _plain_errors():
        async with asyncio.TaskGroup() as group:
            for runner in runners:
                group.create_task(runner)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` while the block runs, and cancels it after. What either raises ends both."""
    with _plain_errors():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            yield
            task.cancel()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A task group's only error is raised as itself, with the cause that it had."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        error = group.exceptions[0]
        raise error from error.__cause__
