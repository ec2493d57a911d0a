"""What time it is. Logic is given `now`; only runners and edges hold a `Clock`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Instant = float
"""Seconds of the event loop's clock: monotonic, of unknown origin, virtual in tests."""


class Clock:
    """Pairs the loop's monotonic time with the wall's, so that both can be virtual together."""

    def __init__(self, monotonic: Callable[[], Instant], wall: Callable[[], float] = time.time) -> None:
        self._monotonic = monotonic
        self._wall = wall

    def now(self) -> Instant:
        return self._monotonic()

    def wall(self, at: Instant | None = None) -> datetime:
        """The date and time (UTC) of a recent instant, or of now.

        The wall clock is asked each time, since it may be set while the program runs.
        """
        if at is None:
            return datetime.fromtimestamp(self._wall(), UTC)
        return datetime.fromtimestamp(self._wall() - (self._monotonic() - at), UTC)
