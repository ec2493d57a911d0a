from __future__ import annotations

from tests.bench.timer import Lateness, read, worst


def test_one_wake_up_in_two_hundred_is_the_worst_but_not_the_99th_percentile() -> None:
    assert worst([0.001] * 199 + [0.01]) == Lateness(1.0, 10.0)


def test_what_the_timer_prints_is_read() -> None:
    assert read('{"p99_ms": 0.5, "max_ms": 2.0}\n') == Lateness(0.5, 2.0)
