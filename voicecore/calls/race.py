"""Waiting for the first of several things, with the others cancelled and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def race(*runners: Coroutine[Any, Any, Any]) -> tuple[int, ...]:
    """Runs the coroutines until at least one is done, cancels the rest, and returns who finished (by position).

    Several may finish in one turn of the loop: the positions come in order. What one raises is raised here.
    """
    finished: list[int] = []

    async def run(position: int, runner: Coroutine[Any, Any, Any]) -> None:
        await runner
        finished.append(position)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(position, runner)) for position, runner in enumerate(runners)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
    except BaseExceptionGroup as group_error:
        if len(group_error.exceptions) == 1:
            raise group_error.exceptions[0] from None
        raise
    return tuple(sorted(finished))
