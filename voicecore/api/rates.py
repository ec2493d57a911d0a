"""How often each may ask: one token bucket for each purpose and asker, of those that asked last."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum

from voicecore.api.problem import Kind, Problem
from voicecore.api.settings import Limits
from voicecore.guard.rates import TokenBucket

MOST_ASKERS = 10_000


class Purpose(Enum):
    REQUEST = "request"
    LOG_IN = "log in"
    PHONE = "phone"


class RequestRates:
    """An asker forgotten for want of space starts with a full bucket."""

    def __init__(self, limits: Limits, clock: Callable[[], float], most: int = MOST_ASKERS) -> None:
        self._rates = {
            Purpose.REQUEST: limits.requests,
            Purpose.LOG_IN: limits.logins,
            Purpose.PHONE: limits.phones,
        }
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[tuple[Purpose, str], TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def spend(self, purpose: Purpose, asker: str) -> None:
        """Counts one more. Raises Problem for one too many (RFC 6585, 4)."""
        key, rate, now = (purpose, asker), self._rates[purpose], self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(rate, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        if not bucket.take(now):
            wait_s = math.ceil(1 / rate.per_s)
            detail = f"Too many requests. Try again in {wait_s} s."
            raise Problem(429, Kind.RATE_LIMITED, detail, {"Retry-After": str(wait_s)})
