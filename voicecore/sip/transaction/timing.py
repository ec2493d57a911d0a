"""The base times of SIP transactions (RFC 3261, 17.1.1.1 and appendix A)."""

from __future__ import annotations

from dataclasses import dataclass, field


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

    def linger(self, seconds: float) -> float:
        """How long repeats may still come in: timers D, I, J and K, zero over a reliable transport."""
        return 0.0 if self.is_reliable else seconds
