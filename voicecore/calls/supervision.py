"""A third leg at a bridge: who hears whom, as one table. Monitor, whisper and barge are its rows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from voicecore.calls.bridge import Bridge
    from voicecore.calls.leg import Leg


class SupervisionMode(Enum):
    """Who hears a supervisor, who hears both sides in any case."""

    MONITOR = "monitor"
    """Nobody."""
    WHISPER = "whisper"
    """One of the two."""
    BARGE = "barge"
    """Both, and the others who supervise."""


class Supervision:
    """One supervisor at one bridge; it begins by monitoring. `of` is whom the supervisor coaches.

    A mode counts at once, and does nothing when the bridge is over.
    """

    def __init__(self, bridge: Bridge, leg: Leg, of: Leg) -> None:
        self.leg = leg
        self.mode = SupervisionMode.MONITOR
        self._bridge = bridge
        self._of = of
        self._to = of

    def monitor(self) -> None:
        """Hears both and is heard by nobody."""
        self.mode = SupervisionMode.MONITOR
        self._bridge.wire()

    def whisper(self, to: Leg | None = None) -> None:
        """Only one of them hears the supervisor: `to`, or who is coached. Who comes in that one's place does not."""
        self.mode, self._to = SupervisionMode.WHISPER, to or self._of
        self._bridge.wire()

    def barge(self) -> None:
        """All hear each other."""
        self.mode = SupervisionMode.BARGE
        self._bridge.wire()

    def stop(self) -> None:
        """Hears nobody any more, and is heard by nobody."""
        self._bridge.unsupervise(self)

    async def ended(self) -> None:
        """Returns when the two talk no more."""
        await self._bridge.over()

    def speaks_to(self, leg: Leg) -> bool:
        """Whether this one of the bridge, or another supervisor, hears the supervisor."""
        match self.mode:
            case SupervisionMode.MONITOR:
                return False
            case SupervisionMode.WHISPER:
                return leg is self._to
            case SupervisionMode.BARGE:
                return leg is not self.leg
            case _:
                assert_never(self.mode)


def hearing(talking: Sequence[Leg], supervisions: Sequence[Supervision]) -> dict[Leg, list[Leg]]:
    """Whom each of them hears."""
    supervisors = [one.leg for one in supervisions]
    return {
        leg: [other for other in talking if other is not leg]
        + [one.leg for one in supervisions if one.speaks_to(leg)]
        for leg in (*talking, *supervisors)
    }
