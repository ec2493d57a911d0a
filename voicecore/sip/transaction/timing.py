"""The base times of SIP transactions (RFC 3261, 17.1.1.1 and appendix A)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

FORGET_EVERY = 0.5
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `t1` estimates the round trip, `t2` caps a repeat's gap, `t4` is a message's longest life.

    A reliable transport repeats nothing, so nothing is repeated over it and no repeat is waited for.
    """

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    is_reliable: bool = False
    timeout: float = field(init=False)
    """64*T1: timers B, D, F, H, J, L and M."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "timeout", 64 * self.t1)

    def linger(self, now: float, seconds: float) -> float:
        """Until when repeats may still come in: timers D, I, J and K, `now` over a reliable transport."""
        return now if self.is_reliable else self.until(now + seconds)

    @staticmethod
    def until(due: float) -> float:
        """When a transaction that only waits to be forgotten is: not before `due`, and together with others.

        Each wake-up of a server that has little to do costs more than the forgetting.
        """
        return math.ceil(due / FORGET_EVERY) * FORGET_EVERY
