"""Notes every verb in the flow's journal: where the flow stood, what it asked for, and what came of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import wraps
from types import FrameType
from typing import Any, TypeVar

from voicecore.ivr.described import asked_facts, result_of
from voicecore.ivr.line import Line
from voicecore.ivr.results import Hangup

C = TypeVar("C")


def noted(calls: type[C]) -> type[C]:
    """For a class with verbs: all its public coroutines, and the blocks of `async with`. It has a `_line`."""
    for name, verb in list(vars(calls).items()):
        if name.startswith("_") or not inspect.isfunction(verb):
            continue
        if inspect.iscoroutinefunction(verb):
            setattr(calls, name, _coroutine(verb))
        elif str(verb.__annotations__.get("return")).startswith(AbstractAsyncContextManager.__name__):
            setattr(calls, name, _block(verb))
    return calls


def _coroutine(verb: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    names = _positional(verb)

    @wraps(verb)
    def called(call: Any, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        where = _where(sys._getframe(1))
        if where is None:
            return verb(call, *args, **kwargs)

        async def run() -> Any:
            with _noted(call._line, verb.__name__, where, names, args, kwargs) as note:
                note.result = await verb(call, *args, **kwargs)
                return note.result

        return run()

    return called


def _block(
    verb: Callable[..., AbstractAsyncContextManager[Any]],
) -> Callable[..., AbstractAsyncContextManager[Any]]:
    names = _positional(verb)

    @wraps(verb)
    def called(call: Any, *args: Any, **kwargs: Any) -> AbstractAsyncContextManager[Any]:
        where = _where(sys._getframe(1))
        if where is None:
            return verb(call, *args, **kwargs)

        @asynccontextmanager
        async def block() -> AsyncIterator[Any]:
            with _noted(call._line, verb.__name__, where, names, args, kwargs):
                async with verb(call, *args, **kwargs) as value:
                    yield value

        return block()

    return called


class _Note:
    __slots__ = ("result",)

    def __init__(self) -> None:
        self.result: object = None


@contextmanager
def _noted(
    line: Line,
    verb: str,
    where: str,
    names: tuple[str, ...],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> Iterator[_Note]:
    log, note = line.active.flow_log, _Note()
    number = None if log is None else log.begin(verb, where, line.leg.id, asked_facts(names, args, kwargs))
    if log is None or number is None:
        yield note
        return
    try:
        with log.within(number):
            yield note
    except Hangup:
        log.end(number, "Hangup" if line.leg.is_over else "Cancelled")
        raise
    except BaseException as error:
        log.end(number, type(error).__name__)
        raise
    log.end(number, *result_of(note.result))


def _positional(verb: Callable[..., object]) -> tuple[str, ...]:
    """Names of what is given by place; the last one may stand for all further ones."""
    parameters = list(inspect.signature(verb).parameters.values())[1:]
    return tuple(one.name for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY)


def _where(frame: FrameType) -> str | None:
    """The line that asks; None where one verb uses another, which is no step of the flow."""
    module = frame.f_globals.get("__name__", "")
    return None if module == "voicecore.ivr.call" else f"{module}:{frame.f_lineno}"
