"""Whether the servers of a trunk answer: OPTIONS at a pace, and what calls tell by the way. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import auto
from typing import NamedTuple

from voicecore.clock import Instant
from voicecore.sip.symbol import Symbol
from voicecore.sip.transaction.timers import Timers
from voicecore.trunks.trunk import HealthPolicy

JITTER = 0.1
"""A probe comes up to this share of the interval early or late, so that trunks do not march in step."""

REST_S = 32.0
"""A server that calls found dead, and that no OPTIONS asks, is left alone for so long (64*T1)."""

LONGEST_REST_S = 3600.0


class ServerState(Symbol):
    UNKNOWN = auto()
    """Not asked yet, or rested: worth a try."""
    UP = auto()
    DOWN = auto()


class Input(Symbol):
    PASS = auto()
    """It answered, but not often enough in a row to count."""
    FAIL = auto()
    """It did not, but not often enough in a row to count."""
    RISE = auto()
    """The answer that makes it enough."""
    FALL = auto()
    """The failure that makes it enough."""
    TIMER_PROBE = auto()
    TIMER_REST = auto()


TRANSITIONS: dict[tuple[ServerState, Input], ServerState] = {
    (state, what): state for state in ServerState for what in (Input.PASS, Input.FAIL, Input.TIMER_PROBE)
} | {
    (ServerState.UNKNOWN, Input.RISE): ServerState.UP,
    (ServerState.UNKNOWN, Input.FALL): ServerState.DOWN,
    (ServerState.UP, Input.RISE): ServerState.UP,
    (ServerState.UP, Input.FALL): ServerState.DOWN,
    (ServerState.DOWN, Input.RISE): ServerState.UP,
    (ServerState.DOWN, Input.FALL): ServerState.DOWN,
    (ServerState.DOWN, Input.TIMER_REST): ServerState.UNKNOWN,
}


class ProbeDue(NamedTuple):
    """Send OPTIONS now, and tell `probed`."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    state: ServerState
    status: int


class ServerHealth:
    """One server. Of probes at most one is under way; calls may report at any time."""

    __slots__ = (
        "_asked",
        "_output",
        "_policy",
        "_random",
        "_row",
        "_timers",
        "last_status",
        "round_trip_s",
        "since",
        "state",
    )

    def __init__(self, policy: HealthPolicy, now: Instant, random: Callable[[], float]) -> None:
        """`random` gives numbers from 0 up to 1. The first probe is due within one interval's jitter."""
        self.state = ServerState.UNKNOWN
        self.since = now
        self.last_status: int | None = None
        self.round_trip_s: float | None = None
        self._policy = policy
        self._random = random
        self._asked: Instant | None = None
        self._row = _Row()
        self._timers: Timers[Input] = Timers()
        self._output: list[ProbeDue | StateChanged] = []
        if policy.interval_s:
            self._timers.arm(Input.TIMER_PROBE, now + JITTER * policy.interval_s * random())

    def probed(self, status: int, now: Instant, *, retry_after: float | None = None) -> None:
        """The final status of the OPTIONS; 408 also where no answer came."""
        if self._asked is None:
            return
        self.round_trip_s = now - self._asked if is_alive(status) else None
        self._asked = None
        early_or_late = 1 + JITTER * (2 * self._random() - 1)
        wait = max(self._policy.interval_s * early_or_late, min(retry_after or 0.0, LONGEST_REST_S))
        self._timers.arm(Input.TIMER_PROBE, now + wait)
        self._count(status, now, retry_after)

    def called(self, status: int, now: Instant, *, retry_after: float | None = None) -> None:
        """The final status of a call there. A failure asks for a probe at once, a success needs none."""
        if not is_alive(status) and self._policy.interval_s and self._asked is None:
            self._timers.arm(Input.TIMER_PROBE, now)
        self._count(status, now, retry_after)

    def handle_timer(self, now: Instant) -> None:
        while (what := self._timers.pop_due(now)) is not None:
            if what is Input.TIMER_PROBE:
                self._asked = now
                self._output.append(ProbeDue())
            self._step(what, now)

    def next_timer(self) -> Instant | None:
        return self._timers.next()

    def poll(self) -> list[ProbeDue | StateChanged]:
        output, self._output = self._output, []
        return output

    def _count(self, status: int, now: Instant, retry_after: float | None) -> None:
        self.last_status = status
        alive = is_alive(status)
        self._row.count(alive)
        needed = self._policy.successes if alive else self._policy.failures
        if self._row.length < needed:
            self._step(Input.PASS if alive else Input.FAIL, now)
            return
        self._step(Input.RISE if alive else Input.FALL, now)
        if self.state is ServerState.DOWN and not self._policy.interval_s:
            self._timers.arm(Input.TIMER_REST, now + min(retry_after or REST_S, LONGEST_REST_S))

    def _step(self, what: Input, now: Instant) -> None:
        after = TRANSITIONS.get((self.state, what), self.state)
        if after is self.state:
            return
        self.state, self.since = after, now
        self._output.append(StateChanged(after, self.last_status or 0))


@dataclass(slots=True)
class _Row:
    """How many of one kind came in a row."""

    alive: bool = True
    length: int = 0

    def count(self, alive: bool) -> None:
        self.length = self.length + 1 if alive is self.alive else 1
        self.alive = alive


def is_alive(status: int) -> bool:
    """Whether the answer shows a working server: any but 503, and 408 is what we call no answer.

    A 404 or 405 to OPTIONS says as much as a 200, and a 500 to one request says nothing about the next.
    """
    return status not in (408, 503)
