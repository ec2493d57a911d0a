"""What was measured, as rows with the goals of promises beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.bench_sip_stack import StackCosts
from tests.bench.media import Measured
from tests.bench.rtp import Echo
from tests.bench.setting_up import SetUp
from tests.bench.table import Goal, Row

SET_UP_GOAL = Goal(0.6, "0.6 ms")
MEMORY_GOAL = Goal(0.3, "0.3 MB")
TICK_GOAL = Goal(2.0, "2 ms (p99)")
RATIO_GOALS = {
    "prompt": Goal(1.4, "1.4 x floor"),
    "bridge": Goal(1.3, "1.3 x floor"),
    "bridge, recorded": Goal(2.0, "2 x floor"),
    "conference of 10": Goal(2.0, "2 x floor"),
    "conference of 50": Goal(2.0, "2 x floor"),
    "conference of 500": Goal(2.0, "2 x floor"),
}


@dataclass(frozen=True, slots=True)
class Floor:
    """The bare echo before and after a load."""

    before: Echo
    after: Echo

    @property
    def mean(self) -> float:
        return (self.before.us_a_pair + self.after.us_a_pair) / 2

    @property
    def told(self) -> str:
        return f"floor {self.before.us_a_pair:.1f} us before, {self.after.us_a_pair:.1f} after"

    @property
    def timer(self) -> str:
        """The later of the two: the machine had such minutes."""
        late = max(self.before.timer, self.after.timer, key=lambda timer: timer.p99_ms)
        return f"timer {late.p99_ms:.1f} ms, {late.max_ms:.1f}"

    def __str__(self) -> str:
        return f"{self.mean:.1f} us"


def of_media(name: str, measured: Measured, floor: Floor, seconds: int) -> list[Row]:
    """One load: its cost beside the floor, if its CPU time is the media's alone, and the ticks."""
    goal, load = RATIO_GOALS.get(name), f"{len(measured.load.flows)} legs, {seconds} s"
    if goal is None:
        beside = "Python busy"
        return [_ticks(f"ticks, {beside}", load, measured, floor, TICK_GOAL)]
    ratio = measured.us_a_pair / floor.mean
    percent = measured.us_a_pair * 50 / 1e4
    figure = f"{measured.us_a_pair:.1f} us a packet pair"
    remarks = f"{percent:.3f} % of a core a leg; {floor.told}; "
    cost = Row(name, load, figure, str(floor), ratio, goal, ratio, remarks + _stream(measured))
    return [cost, _ticks(f"ticks, {name}", load, measured, floor, None)]


def of_srtp(suite: str, cipher_us: float, measured: Measured, floor: Floor, seconds: int) -> Row:
    """A prompt over SRTP beside the floor and the bare cost of the cipher."""
    load = f"{len(measured.load.flows)} legs, {seconds} s"
    cost = measured.us_a_pair
    goal = Goal(floor.mean + 1.2 * cipher_us, "floor + 1.2 x cipher")
    remarks = f"{suite}: {cipher_us:.2f} us to protect and unprotect; {floor.told}; {_stream(measured)}"
    figure, beside = f"{cost:.1f} us a packet pair", f"{floor} + {cipher_us:.2f} us"
    return Row("prompt over SRTP", load, figure, beside, cost / (floor.mean + cipher_us), goal, cost, remarks)


def _stream(measured: Measured) -> str:
    flows = measured.load.flows
    rates = [flow.packets_a_second for flow in flows]
    gap = max(flow.max_gap_ms for flow in flows)
    p99 = max(flow.p99_gap_ms for flow in flows)
    late = sum(flow.late_sends for flow in flows) / max(1, sum(flow.sent for flow in flows))
    return (
        f"{min(rates):.2f} to {max(rates):.2f} packets/s a leg, worst gap {gap:.1f} ms, worst leg's p99 {p99:.1f} ms; "
        f"the generator was > 2 ms late with {late:.0%}, at most {measured.load.max_late_ms:.0f} ms"
    )


def _ticks(work: str, load: str, measured: Measured, floor: Floor, goal: Goal | None) -> Row:
    ticks = measured.ticks
    figure = f"late {ticks.p99_ms:.1f} ms p99, {ticks.max_ms:.1f} max"
    judged = None if goal is None else ticks.p99_ms
    remarks = f"{ticks.count} ticks; wall time; the timer is a bare one beside the echo"
    return Row(work, load, figure, floor.timer, goal=goal, judged=judged, remarks=remarks)


def of_memory(before_mb: float, legs: Measured, after_mb: float) -> Row:
    count = len(legs.load.flows)
    each = (legs.resident_mb - before_mb) / count
    remarks = f"{before_mb:.0f} MB before, {legs.resident_mb:.0f} MB with the legs, {after_mb:.0f} MB after all loads"
    return Row("memory", f"{count} legs", f"{each:.3f} MB a leg", "", None, MEMORY_GOAL, each, remarks)


def of_set_up(set_up: SetUp, rate: int, seconds: int, stack: StackCosts) -> Row:
    calls = set_up.calls
    loop = set_up.cpu.loop * 1e3 / max(1, calls.answered)
    later = "" if set_up.forgetting is None else f", forgetting {set_up.ms_a_call(set_up.forgetting):.2f} ms"
    figure = f"{set_up.whole_ms:.2f} ms a call"
    stack_ms = stack.call_us / 1e3
    remarks = (
        f"event loop {loop:.2f} ms, other threads {set_up.ms_a_call(set_up.cpu) - loop:.2f} ms{later}; "
        f"floor is our SIP stack alone, in memory; {calls.answered} of {calls.offered} answered, "
        f"{calls.failed} failed, {calls.unfinished} not ended, "
        f"{set_up.records} records, {calls.retransmissions} messages sent again; answer after "
        f"{calls.answer_p50_ms:.1f} ms (p50), {calls.answer_p95_ms:.1f} ms (p95)"
    )
    floor = f"{stack_ms:.2f} ms"
    load = f"{rate} calls/s, {seconds} s"
    return Row(
        "set-up", load, figure, floor, set_up.whole_ms / stack_ms, SET_UP_GOAL, set_up.whole_ms, remarks
    )


def of_stack(stack: StackCosts) -> list[Row]:
    load = "in memory"
    return [
        Row(
            "SIP stack: one UAS call", load, f"{stack.call_us:.0f} us", remarks=f"best {stack.best_us:.0f} us"
        ),
        Row("of it the parser", load, f"{stack.parser_us:.0f} us"),
    ]


def of_parser(costs: Mapping[str, float]) -> list[Row]:
    """Microseconds of CPU by what was done; the first is the floor."""
    (floor_name, floor), *rest = costs.items()
    return [
        Row(name, "in memory", f"{cost:.1f} us", f"{floor:.1f} us", cost / floor, remarks=floor_name)
        for name, cost in rest
    ]
