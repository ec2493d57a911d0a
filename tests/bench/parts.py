"""Splits the CPU time of one thread into parts, by a clock at the seams between them.

A seam is a function that is replaced, while `metered` lasts, by one that reads the thread's CPU clock before
and after. A part is charged for what runs inside of its seams and not inside of another part's seam.
"""

from __future__ import annotations

import functools
import gc
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import CoroutineType
from typing import Any

Seam = tuple[str, Any, str]
"""A part's name, and the class or module and the name in it under which a function is found."""


class PartMeter:
    """Nanoseconds of this thread's CPU, by part. `rest` is the part of what runs outside of every seam."""

    def __init__(self, rest: str) -> None:
        self.spent: defaultdict[str, int] = defaultdict(int)
        self._open = [rest]
        self._since = time.thread_time_ns()

    def enter(self, part: str) -> None:
        self._charge()
        self._open.append(part)

    def leave(self) -> None:
        self._charge()
        self._open.pop()

    def take(self) -> dict[str, int]:
        """What was spent since the last look."""
        self._charge()
        taken = dict(self.spent)
        self.spent.clear()
        return taken

    def _charge(self) -> None:
        now = time.thread_time_ns()
        self.spent[self._open[-1]] += now - self._since
        self._since = now


class _MeteredTask:
    """A coroutine whose every step is charged to a part."""

    def __init__(self, coroutine: CoroutineType[Any, Any, Any], meter: PartMeter, part: str) -> None:
        self._coroutine, self._meter, self._part = coroutine, meter, part

    def send(self, value: object) -> Any:
        return self._step(self._coroutine.send, value)

    def throw(self, *error: Any) -> Any:
        return self._step(self._coroutine.throw, *error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:
        self._meter.enter(self._part)
        try:
            return step(*given)
        finally:
            self._meter.leave()


@contextmanager
def metered(meter: PartMeter, seams: Sequence[Seam], *, task: Seam, collector: str) -> Iterator[None]:
    """Puts the clocks in. `task` is the coroutine function of a call's task; `collector` the garbage's part."""
    before = [(owner, name, getattr(owner, name)) for _, owner, name in (*seams, task)]

    def collecting(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            meter.enter(collector)
        else:
            meter.leave()

    gc.callbacks.append(collecting)
    for part, owner, name in seams:
        setattr(owner, name, _timed(getattr(owner, name), meter, part))
    part, owner, name = task
    life = getattr(owner, name)
    setattr(owner, name, lambda *given: _MeteredTask(life(*given), meter, part))
    try:
        yield
    finally:
        gc.callbacks.remove(collecting)
        for owner, name, original in before:
            setattr(owner, name, original)


def _timed(function: Callable[..., Any], meter: PartMeter, part: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*given: Any, **named: Any) -> Any:
        meter.enter(part)
        try:
            return function(*given, **named)
        finally:
            meter.leave()

    return timed
