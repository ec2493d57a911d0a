"""Doing several things at once, with nothing left behind: the first of them, all of them, one beside a block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NoReturn


async def race(*runners: Coroutine[Any, Any, Any]) -> tuple[int, ...]:
    """Runs the coroutines until at least one is done, cancels the rest, and returns who finished (by position).

    Several may finish in one turn of the loop: the positions come in order. What one raises is raised here.
    """
    loop = asyncio.get_running_loop()
    finished: list[int] = []
    tasks: list[asyncio.Task[None]] = []

    def cancel_the_rest() -> None:
        for task in tasks:
            task.cancel()

    async def run(position: int, runner: Coroutine[Any, Any, Any]) -> None:
        await runner
        if not finished:
            loop.call_soon(cancel_the_rest)  # not yet: others may be done in this very turn
        finished.append(position)

    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(run(position, runner)) for position, runner in enumerate(runners)]
    except BaseExceptionGroup as errors:
        _raise_plainly(errors)
    return tuple(sorted(finished))


async def everyone(*runners: Coroutine[Any, Any, None]) -> None:
    """Runs the coroutines until all are done. What one raises is raised here, and the rest are cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            for runner in runners:
                group.create_task(runner)
    except BaseExceptionGroup as errors:
        _raise_plainly(errors)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` while the block runs, and cancels it after. What either raises ends both."""
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            yield
            task.cancel()
    except BaseExceptionGroup as errors:
        _raise_plainly(errors)


def _raise_plainly(errors: BaseExceptionGroup[BaseException]) -> NoReturn:
    """A task group's only error is raised as itself, with the cause that it had."""
    if len(errors.exceptions) > 1:
        raise errors
    error = errors.exceptions[0]
    raise error from error.__cause__
