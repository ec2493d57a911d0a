from __future__ import annotations

import os
from xml.etree import ElementTree

import pytest

from tests.bench.chart import drawn
from tests.bench.ports import free_block
from tests.bench.process import Meter
from tests.bench.rtp import Flow, Load
from tests.bench.table import Goal, Row, not_measured

GOAL = Goal(1.4, "1.4 x floor")


@pytest.mark.parametrize(("judged", "verdict"), [(1.4, "met"), (1.41, "missed"), (None, "")])
def test_a_goal_is_met_up_to_its_limit(judged: float | None, verdict: str) -> None:
    assert Row("prompt", "200 legs", "", goal=GOAL, judged=judged).verdict == verdict


def test_what_was_not_measured_has_no_verdict() -> None:
    assert not_measured("prompt", "200 legs", "no answer").verdict == ""


def test_pairs_are_half_of_all_packets() -> None:
    flow = Flow("192.0.2.1:4000", 500, 490, 50.0, 20.0, 20.0, 0)
    assert Load((flow, flow), 0.1, 0.0).pairs == 990.0


def test_the_meter_counts_time_that_was_used() -> None:
    meter = Meter(os.getpid())
    before = meter.cpu()
    while (used := (meter.cpu() - before).total) < 0.02:
        sum(range(10_000))
    assert used >= 0.02
    assert meter.resident_mb() > 1.0


def test_blocks_of_ports_begin_even_and_outside_of_taken_ones() -> None:
    taken = range(10_000, 31_000)
    first = free_block(10, taken=[taken])
    assert first % 2 == 0
    assert first >= taken.stop


def test_the_picture_has_a_bar_for_each_goal_and_none_for_what_has_no_floor() -> None:
    met = Row("prompt", "100 legs <a>", "", "10 us", 1.2, GOAL, 1.2)
    missed = Row("bridge", "1000 legs", "", "10 us", 2.8, GOAL, 2.8)
    picture = drawn([met, missed, Row("memory", "100 legs", "", goal=GOAL, judged=1.0)], "2 cores")
    root = ElementTree.fromstring(picture)
    widths = [float(bar.attrib["width"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert widths[1] == pytest.approx(widths[0] * 2.8 / 1.2, rel=0.01)
    assert len(widths) == 2
