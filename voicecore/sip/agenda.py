"""One heap for the timers of every machine of a stack. Costs the logarithm of what is armed, never a scan."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Agenda(Generic[K]):
    """When each machine, known by its key, wants `handle_timer` next. One time a key."""

    __slots__ = ("_armed", "_heap", "_serial")

    def __init__(self) -> None:
        self._armed: dict[K, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._armed)

    def arm(self, key: K, due: float | None) -> None:
        """The key's machine wants to be called at `due`, or no longer at all."""
        armed = self._armed.get(key)
        if due is None:
            if armed is not None:
                del self._armed[key]
            return
        if armed is not None and armed[0] == due:
            return
        # The serial keeps equal times in the order of arming and keeps keys from being compared.
        self._serial += 1
        self._armed[key] = (due, self._serial)
        heapq.heappush(self._heap, (due, self._serial, key))
        # Disarmed entries stay in the heap until they come up; more of them than armed ones is waste.
        if len(self._heap) > 2 * len(self._armed) + 64:
            self._heap = [(at, serial, owner) for owner, (at, serial) in self._armed.items()]
            heapq.heapify(self._heap)

    def due(self, now: float) -> Iterator[K]:
        """Keys whose time has come, earliest first, each disarmed as it is given out."""
        while self._has_due(now):
            yield self._pop()

    def pop_due(self, now: float) -> K | None:
        """The earliest of them, disarmed, without a generator; None: there is none. Not for keys that may be None."""
        return self._pop() if self._has_due(now) else None

    def _has_due(self, now: float) -> bool:
        at = self.next_timer()
        return at is not None and at <= now

    def _pop(self) -> K:
        key = heapq.heappop(self._heap)[2]
        del self._armed[key]
        return key

    def next_timer(self) -> float | None:
        heap, armed = self._heap, self._armed
        while heap:
            due, serial, key = heap[0]
            current = armed.get(key)
            if current is not None and current[1] == serial:
                return due
            heapq.heappop(heap)
        return None
