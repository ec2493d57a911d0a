"""The three base times of SIP over an unreliable transport (RFC 3261, 17.1.1.1 and appendix A)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `t1` estimates the round trip, `t2` caps a repeat's gap, `t4` is a message's longest life."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    timeout: float = field(init=False)
    """64*T1: timers B, D, F, H, J, L and M."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "timeout", 64 * self.t1)
