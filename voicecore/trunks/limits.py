"""How many calls a trunk carries at a time, and how many may start in a second. No clock: `now` is given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicecore.clock import Instant
from voicecore.errors import UsageError
from voicecore.trunks.trunk import Capacity


class Direction(Enum):
    """Seen from us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Limit(Enum):
    """What keeps a call out."""

    CONCURRENT_CALLS = "concurrent calls"
    CALLS_PER_SECOND = "calls per second"


@dataclass(frozen=True, slots=True)
class OverLimit:
    """`retry_after` in seconds; None where it depends on calls that end."""

    limit: Limit
    retry_after: float | None = None


class TrunkLimits:
    """Counts the calls of one trunk. Who is admitted is released once, whatever becomes of the call."""

    __slots__ = ("_bucket", "_calls", "_most", "refused")

    def __init__(self, capacity: Capacity, now: Instant) -> None:
        self._most = {Direction.INBOUND: capacity.inbound, Direction.OUTBOUND: capacity.outbound}
        self._calls = dict.fromkeys(Direction, 0)
        rate = capacity.calls_per_second
        self._bucket = _TokenBucket(rate, capacity.burst, now) if rate is not None else None
        self.refused = 0
        """Calls that were over a limit."""

    def admit(self, direction: Direction, now: Instant, *, starts: bool = True) -> OverLimit | None:
        """None: the call is counted. Otherwise it is not, and costs no start.

        Without `starts` it goes on, at another server, with a call whose start was counted.
        """
        over = self._over(direction, now, starts)
        if over is None:
            self._calls[direction] += 1
        else:
            self.refused += 1
        return over

    def release(self, direction: Direction) -> None:
        """An admitted call is over. UsageError where there is none."""
        if not self._calls[direction]:
            raise UsageError(f"no {direction.value} call to release")
        self._calls[direction] -= 1

    def calls(self, direction: Direction) -> int:
        return self._calls[direction]

    def _over(self, direction: Direction, now: Instant, starts: bool) -> OverLimit | None:
        most = self._most[direction]
        if most is not None and self._calls[direction] >= most:
            return OverLimit(Limit.CONCURRENT_CALLS)
        wait = self._bucket.take(now) if self._bucket and starts else 0.0
        return OverLimit(Limit.CALLS_PER_SECOND, wait) if wait else None


class _TokenBucket:
    """Holds up to `burst` tokens and gains `rate` a second."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, now: Instant) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: Instant) -> float:
        """Takes one token; if there is none, the seconds until there is."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        # A clock's rounding must not keep out who waited as long as was asked for.
        if self._tokens < 1 - 1e-9:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0
