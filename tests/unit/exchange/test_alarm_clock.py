from __future__ import annotations

import asyncio

from voicecore.clock import Clock
from voicecore.exchange.alarm_clock import AlarmClock


class Machine:
    """Wants to be woken at these times, one after the other."""

    def __init__(self, *due: float) -> None:
        self.due = list(due)
        self.woken: list[float] = []

    def next_timer(self) -> float | None:
        return self.due[0] if self.due else None

    def handle_timer(self, now: float) -> None:
        self.woken.append(now)
        self.due = [due for due in self.due if due > now]


def alarm_of(machine: Machine) -> AlarmClock:
    clock = Clock(asyncio.get_running_loop().time)
    return AlarmClock(clock, machine.next_timer, machine.handle_timer)


async def test_a_machine_is_woken_whenever_it_wants() -> None:
    machine = Machine(1.0, 2.5, 7.0)
    alarm_of(machine).arm()
    await asyncio.sleep(10)
    assert machine.woken == [1.0, 2.5, 7.0]


async def test_a_machine_without_a_wish_is_left_alone() -> None:
    machine = Machine()
    alarm_of(machine).arm()
    await asyncio.sleep(10)
    assert machine.woken == []


async def test_an_earlier_wish_is_heard() -> None:
    machine = Machine(9.0)
    alarm = alarm_of(machine)
    alarm.arm()
    machine.due.insert(0, 1.0)
    alarm.arm()
    await asyncio.sleep(2)
    assert machine.woken == [1.0]
    alarm.close()


async def test_a_later_wish_wakes_early_at_worst_and_is_kept() -> None:
    machine = Machine(1.0)
    alarm = alarm_of(machine)
    alarm.arm()
    machine.due = [5.0]
    alarm.arm()
    await asyncio.sleep(10)
    assert machine.woken[-1] == 5.0


async def test_a_closed_alarm_wakes_nobody() -> None:
    machine = Machine(1.0)
    alarm = alarm_of(machine)
    alarm.arm()
    alarm.close()
    await asyncio.sleep(5)
    assert machine.woken == []
