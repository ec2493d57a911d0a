"""A pytest plugin: every `async def` test runs in virtual time, and fails if it leaves a task behind.

Tests need no decorator, since virtual time is what a test of timed code should have unless it says otherwise:

- `@pytest.mark.virtual(grace=0.05)` sets the loop's grace (see `voicecore.testing.virtual_loop`);
- `@pytest.mark.real_time` runs the test in an ordinary loop, for tests of sockets and of the media engine.

Async fixtures are not run: a test opens what it needs with `async with`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from voicecore.testing.virtual_loop import VirtualTimeLoop

_LAST_TURNS = 5
"""Turns that the loop gets after a test: transports need them to close, cancelled tasks to end."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "virtual(grace): settings of the virtual-time loop of an async test")
    config.addinivalue_line("markers", "real_time: run this async test in an ordinary loop")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs `async def` tests; leaves the others to pytest."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: value for name, value in pyfuncitem.funcargs.items() if name in names}
    with asyncio.Runner(loop_factory=loop_factory_of(pyfuncitem)) as runner:
        leaked = runner.run(_run_and_look_for_tasks(lambda: pyfuncitem.obj(**arguments)))
    if leaked:
        pytest.fail("the test left tasks running:\n" + "\n".join(leaked), pytrace=False)
    return True


def loop_factory_of(test: pytest.Function) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the loop that the test's markers ask for."""
    if test.get_closest_marker("real_time"):
        return asyncio.new_event_loop
    marker = test.get_closest_marker("virtual")
    settings = marker.kwargs if marker else {}
    return lambda: VirtualTimeLoop(**settings)


async def _run_and_look_for_tasks(test: Callable[[], Awaitable[None]]) -> list[str]:
    """Raises what the test raised, and what was raised in a callback, where nobody else would see it."""
    failures: list[BaseException] = []

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        failures.append(context.get("exception") or RuntimeError(context["message"]))

    asyncio.get_running_loop().set_exception_handler(note)
    await test()
    for _ in range(_LAST_TURNS):
        await asyncio.sleep(0)
    if failures:
        raise failures[0]
    return [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
