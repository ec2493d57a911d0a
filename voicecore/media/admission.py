"""How much more the media engine can take, and when it takes nothing: a function of what was measured. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FEW = 16
"""With fewer legs than these it is not they that keep the machine busy, and refusing more would not help."""
IDLE = 0.001
"""Less is not measured."""
LATE_SHARE = 0.05
"""So many ticks may begin more than 5 ms late: half a packet time is heard by nobody, and jitter buffers have more."""
STRIKES = 2
"""Measurements in a row that must be too high: one alone may be a hiccup."""
CALM = 3
"""And in a row well below the bound, until more is taken again."""
WELL_BELOW = 0.9


class Limits(NamedTuple):
    """What the engine may be brought to. `legs` 0: as many as there are ports. `load`: of the workers' time, 0 to 1."""

    legs: int = 0
    load: float = 0.85


class Measurement(NamedTuple):
    """The time since the last one, and the legs at its end."""

    legs: int
    ports_free: int
    busy: float
    """Of the workers' time, CPU seconds a second and worker."""
    late: float
    """Share of the ticks that began more than 5 ms late, of the worker where it is most: calls of one stay there."""
    taken: float = 0.0
    """As `busy`, with what legs are expected to take that came too late to be measured."""


class Work(NamedTuple):
    """What one worker did since it was started."""

    cpu_ns: int
    ticks: int
    late: int
    """Those that began more than 5 ms late."""


class Standing(NamedTuple):
    """How the engine stands."""

    refuses: bool = False
    most: int = 1 << 31
    """No leg is opened when so many are."""
    legs: int = 0
    """Those that are open."""
    busy: float = 0.0
    late: float = 0.0
    strikes: int = 0
    calm: int = 0

    @property
    def room(self) -> int:
        """Legs that would be taken still, of the kind that there are."""
        return 0 if self.refuses else max(0, self.most - self.legs)

    def admits(self, legs: int) -> bool:
        """Whether one more is taken when there are so many."""
        return not self.refuses and legs < self.most


def measurement(
    before: Sequence[Work],
    after: Sequence[Work],
    seconds: float,
    taken: Sequence[float],
    legs: int,
    ports_free: int,
) -> Measurement:
    """What the workers did between two looks at them. `taken`: of each one's time, measured and expected."""
    both = list(zip(before, after, strict=True))
    busy = sum(now.cpu_ns - then.cpu_ns for then, now in both) / 1e9 / max(seconds, 1e-3)
    late = max((now.late - then.late) / max(now.ticks - then.ticks, 1) for then, now in both)
    return Measurement(legs, ports_free, busy / len(both), late, sum(taken) / len(both))


def has_time(legs: int, taken: Sequence[float], limits: Limits) -> bool:
    """Whether a worker has time for one more leg. Asked for each leg, since they come faster than they are measured:
    `taken` counts what came in between as its codec is expected to cost."""
    return legs < FEW or min(taken) < limits.load


def judge(before: Standing, now: Measurement, limits: Limits) -> Standing:
    """The standing after a measurement. Between two bounds it stays as it was (hysteresis)."""
    counts = now.legs >= FEW
    is_over = counts and (now.busy > limits.load or now.late > LATE_SHARE)
    is_calm = not counts or (now.busy < limits.load * WELL_BELOW and now.late < LATE_SHARE / 2)
    strikes = before.strikes + 1 if is_over else 0
    calm = before.calm + 1 if is_calm else 0
    refuses = strikes >= STRIKES or (before.refuses and calm < CALM)
    return Standing(refuses, _most(now, limits), now.legs, now.busy, now.late, strikes, calm)


def _most(now: Measurement, limits: Limits) -> int:
    """By ports, by the bound on legs, and by what those that are there cost."""
    bounds = [now.legs + now.ports_free]
    if limits.legs:
        bounds.append(limits.legs)
    if now.legs >= FEW:
        bounds.append(max(now.legs, int(now.legs * limits.load / max(now.busy, now.taken, IDLE))))
    return min(bounds)
