"""Notes every verb in the flow's journal: where the flow stood, what it asked for, and what came of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from types import FrameType
from typing import Any, Self, TypeVar

from voicecore.calls.flow_log import FlowLog
from voicecore.ivr.described import asked_facts, result_of
from voicecore.ivr.line import Line
from voicecore.ivr.results import Hangup
from voicecore.store.flow_journal import Fact

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
            with _Noted(call._line, verb.__name__, where, asked_facts(names, args, kwargs)) as note:
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
            with _Noted(call._line, verb.__name__, where, asked_facts(names, args, kwargs)):
                async with verb(call, *args, **kwargs) as value:
                    yield value

        return block()

    return called


class _Noted:
    """One verb's step in the journal, while it runs. `result` is what it returned."""

    __slots__ = ("_asked", "_line", "_number", "_outer", "_verb", "_where", "result")

    def __init__(self, line: Line, verb: str, where: str, asked: tuple[Fact, ...]) -> None:
        self.result: object = None
        self._line = line
        self._verb, self._where, self._asked = verb, where, asked

    def __enter__(self) -> Self:
        log = self._line.active.flow_log
        self._number = (
            None if log is None else log.begin(self._verb, self._where, self._line.leg.id, self._asked)
        )
        self._outer = None if self._number is None else FlowLog.enter(self._number)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        log, number, outer = self._line.active.flow_log, self._number, self._outer
        if log is None or number is None or outer is None:
            return
        FlowLog.leave(outer)
        if kind is None:
            log.end(number, *result_of(self.result))
        elif issubclass(kind, Hangup):
            log.end(number, "Hangup" if self._line.leg.is_over else "Cancelled")
        else:
            log.end(number, kind.__name__)


def _positional(verb: Callable[..., object]) -> tuple[str, ...]:
    """Names of what is given by place; the last one may stand for all further ones."""
    parameters = list(inspect.signature(verb).parameters.values())[1:]
    return tuple(one.name for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY)


def _where(frame: FrameType) -> str | None:
    """The line that asks; None where one verb uses another, which is no step of the flow."""
    module = frame.f_globals.get("__name__", "")
    return None if module == "voicecore.ivr.call" else f"{module}:{frame.f_lineno}"
