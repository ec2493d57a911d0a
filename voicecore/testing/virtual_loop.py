"""An asyncio loop whose clock jumps to the next timer: 32 seconds of retransmission run in milliseconds.

The rule. While callbacks run, time stands still. When none is ready, the loop asks whether anything outside
could still wake it:

- a file descriptor that somebody watches (a socket, a pipe, an event descriptor), or
- a job in an executor (`run_in_executor`, `asyncio.to_thread`, `getaddrinfo`), or
- a thread that was started since the loop was made and is still alive (a child process has one, too).

If nothing could, the clock jumps to the next timer; and if there is no timer either, everybody waits for
something that cannot happen, which raises `StalledError`. If something could, the loop really waits and its
clock runs with the wall's, so nothing is ever jumped over unknowingly. A test that knows its outside to be
quick may give a `grace`: the loop then waits that long in real time, and jumps if the outside kept silent.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from voicecore.clock import Clock, Instant
from voicecore.errors import VoicecoreError

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

DAY_ONE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The wall's date and time at instant 0: a Monday morning."""

STALL_WAIT = 1.0
"""Real seconds in which a thread that is older than the loop may still call in; then the loop has stalled."""

_WORKERS = "virtual-loop"

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class StalledError(VoicecoreError):
    """No callback is ready, no timer is set and nothing outside can wake the loop: it would hang for ever."""


class _JumpingSelector(selectors.DefaultSelector):
    """Waits in virtual time where that is safe, in real time where it is not."""

    def __init__(self, grace: float | None) -> None:
        super().__init__()
        self.now: Instant = 0.0
        self.jobs = 0
        self._grace = grace
        self._foreign_descriptors = 0
        self._known_threads = frozenset(threading.enumerate())

    def adopt_descriptors(self) -> None:
        """What is watched up to now is the loop's own: the pipe that `call_soon_threadsafe` writes to."""
        self._foreign_descriptors = 0

    def register(self, fileobj: FileDescriptorLike, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        self._foreign_descriptors += 1
        return key

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        self._foreign_descriptors -= 1
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 and not self._foreign_descriptors:
            return []  # callbacks are ready, and nobody watches a descriptor: spares a call of the kernel
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self._outside_may_wake():
            return self._wait(timeout)
        if timeout is None:
            return self._wait_for_old_threads()
        self._advance(timeout)
        return []

    def _outside_may_wake(self) -> bool:
        return self.jobs > 0 or self._foreign_descriptors > 0 or self._has_new_thread()

    def _has_new_thread(self) -> bool:
        return any(
            thread not in self._known_threads and not thread.name.startswith(_WORKERS)
            for thread in threading.enumerate()
        )

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        """Really waits, at most the grace, while the clock runs along; jumps over what the grace left."""
        patience = timeout if self._grace is None or timeout is None else min(timeout, self._grace)
        began = time.monotonic()
        ready = super().select(patience)
        waited = time.monotonic() - began
        if ready or timeout is None:
            self._advance(waited if timeout is None else min(waited, timeout))
        else:
            self._advance(timeout if self._grace is not None else max(waited, timeout))
        return ready

    def _wait_for_old_threads(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(STALL_WAIT)
        if not ready:
            raise StalledError("every task waits, and no timer, descriptor, job or new thread can wake one")
        return ready

    def _advance(self, seconds: float) -> None:
        # Never rounded down, or a timer that is not quite due would be looked at for ever.
        exact = self.now + seconds
        self.now = max(exact, round(exact, 9))


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A complete asyncio loop in virtual time; see the rule above. Its clock starts at 0.

    >>> async def a_minute() -> float:
    ...     await asyncio.sleep(60)
    ...     return asyncio.get_running_loop().time()
    >>> with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
    ...     runner.run(a_minute())
    60.0
    """

    def __init__(self, grace: float | None = None) -> None:
        """`grace`: real seconds of silence outside after which the clock jumps anyway; None is never."""
        self._jumping = _JumpingSelector(grace)
        super().__init__(self._jumping)
        self._jumping.adopt_descriptors()
        self.set_default_executor(ThreadPoolExecutor(thread_name_prefix=_WORKERS))

    def time(self) -> Instant:
        return self._jumping.now

    def clock(self) -> Clock:
        """This loop's time as a `Clock` whose wall time is virtual, too; instant 0 is `DAY_ONE`."""
        return Clock(self.time, lambda: DAY_ONE.timestamp() + self.time())

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """As asyncio's; while the job runs, the clock does not jump."""
        future: asyncio.Future[_T] = super().run_in_executor(executor, func, *args)
        self._jumping.jobs += 1
        future.add_done_callback(self._job_ended)
        return future

    def _job_ended(self, future: asyncio.Future[_T]) -> None:
        self._jumping.jobs -= 1
