"""first_of: several things at once; what is done first counts, and the others are cancelled."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar, overload

from voicecore.calls.race import race
from voicecore.ivr.results import Hangup

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


@overload
async def first_of(a: Coroutine[Any, Any, A], b: Coroutine[Any, Any, B], /) -> A | B: ...
@overload
async def first_of(
    a: Coroutine[Any, Any, A], b: Coroutine[Any, Any, B], c: Coroutine[Any, Any, C], /
) -> A | B | C: ...
@overload
async def first_of(
    a: Coroutine[Any, Any, A],
    b: Coroutine[Any, Any, B],
    c: Coroutine[Any, Any, C],
    d: Coroutine[Any, Any, D],
    /,
) -> A | B | C | D: ...
async def first_of(*runners: Coroutine[Any, Any, Any]) -> Any:
    """`match await first_of(call.gather(...), call.key("0"), call.wait(30)):` with a case for what each returns.

    Returns what the first one did; of several that are done in one instant, the one that stands first. When it
    returns, the others have ended. What one raises is raised here.
    """
    results: dict[int, Any] = {}

    async def keep(position: int, runner: Coroutine[Any, Any, Any]) -> None:
        results[position] = await runner

    await race(*(keep(position, runner) for position, runner in enumerate(runners)))
    if not results:
        raise Hangup("the caller is gone")
    return results[min(results)]
