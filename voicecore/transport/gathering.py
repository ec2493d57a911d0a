"""How long datagrams may gather in the kernel, so that a busy loop works on many calls at a time. Pure."""

from __future__ import annotations

LONGEST_S = 0.02
IDLE, FULL = 0.4, 0.6
"""Below the first share of a core nothing gathers, from the second on for the longest time."""
PERIOD_S = 0.1
"""Over how long the share is taken."""


def gather_s(busy: float) -> float:
    """How long to let datagrams gather, when the loop's thread had so much of a core lately.

    The code of one kind of message stays in the processor's caches while many of them are worked on.
    """
    return LONGEST_S * min(max((busy - IDLE) / (FULL - IDLE), 0.0), 1.0)


class BusyShare:
    """The share of a core that a thread had in the last whole period."""

    def __init__(self, now: float, cpu_s: float) -> None:
        self._since, self._cpu_s = now, cpu_s
        self._busy = 0.0

    def at(self, now: float, cpu_s: float) -> float:
        """`cpu_s`: what the thread's CPU clock says."""
        passed = now - self._since
        if passed >= PERIOD_S:
            self._busy = (cpu_s - self._cpu_s) / passed
            self._since, self._cpu_s = now, cpu_s
        return self._busy
