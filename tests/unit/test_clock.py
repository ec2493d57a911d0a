from __future__ import annotations

from datetime import UTC, datetime

from voicecore.clock import Clock


def test_a_recent_instant_is_counted_back_from_the_wall_clock() -> None:
    clock = Clock(lambda: 100.0, lambda: 1_790_000_000.0)
    assert clock.wall() == datetime.fromtimestamp(1_790_000_000, UTC)
    assert clock.wall(97.5) == datetime.fromtimestamp(1_789_999_997.5, UTC)


def test_a_wall_clock_that_is_set_is_followed() -> None:
    wall = 1_790_000_000.0
    clock = Clock(lambda: 100.0, lambda: wall)
    before = clock.wall()
    wall += 3600
    assert (clock.wall() - before).total_seconds() == 3600
