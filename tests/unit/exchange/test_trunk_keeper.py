from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from tests.scenario.exchange.office import NAMES, trunk
from voicecore.clock import Clock
from voicecore.errors import Unavailable
from voicecore.exchange.router import Origin
from voicecore.exchange.trunk_keeper import TrunkKeeper
from voicecore.sip.hop import Hop
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import RequestAnswered, RequestId
from voicecore.testing.simulated_site import LISTENING, SimulatedLocator
from voicecore.trunks.board import TrunkBoard
from voicecore.trunks.status import TrunkState
from voicecore.trunks.trunk import HealthPolicy

ASKED = trunk(health=HealthPolicy(interval_s=30, failures=1))


class Carrier:
    """Answers what is asked as `answer` says, and keeps it."""

    def __init__(self, answer: Callable[[], int]) -> None:
        self.asked: list[str] = []
        self._answer = answer

    async def ask(self, draft: Draft, hop: Hop) -> RequestAnswered:
        self.asked.append(f"{draft.method} {hop.remote}")
        return RequestAnswered(RequestId(1), self._answer(), "", None)


class Kept:
    """A keeper in a group of its own, and what its board says."""

    def __init__(self, carrier: Carrier, group: asyncio.TaskGroup, *, names: bool = True) -> None:
        clock = Clock(asyncio.get_running_loop().time)
        self.changes = 0
        self.board = TrunkBoard([ASKED], {}, clock.now(), random=lambda: 0.5, token=lambda n: "t" * n)
        self._wall = clock.wall
        self.keeper = TrunkKeeper(
            self.board,
            SimulatedLocator(NAMES if names else {}),
            Origin(LISTENING, "192.0.2.1"),
            carrier.ask,
            lambda user, hop: f"<sip:{user}@{hop.local}>",
            clock,
            group,
            changed=self._changed,
            keep_alive=lambda hop, seconds: None,
        )

    def _changed(self) -> None:
        self.changes += 1

    def state(self) -> TrunkState:
        return self.board.status(self._wall)[0].state


async def test_every_server_is_asked_and_what_changes_is_told() -> None:
    carrier = Carrier(lambda: 200)
    async with asyncio.TaskGroup() as group:
        kept = Kept(carrier, group)
        kept.keeper.start()
        await asyncio.sleep(5)
        assert sorted(carrier.asked) == ["OPTIONS 198.51.100.10:5060", "OPTIONS 198.51.100.11:5060"]
        assert (kept.state(), kept.changes > 0) == (TrunkState.UP, True)
        await kept.keeper.stop()


async def test_a_name_without_an_address_is_a_server_that_is_down() -> None:
    carrier = Carrier(lambda: 200)
    async with asyncio.TaskGroup() as group:
        kept = Kept(carrier, group, names=False)
        kept.keeper.start()
        await asyncio.sleep(5)
        assert (carrier.asked, kept.state()) == ([], TrunkState.DOWN)
        await kept.keeper.stop()


async def test_a_fault_of_one_request_ends_neither_the_keeper_nor_the_calls_beside_it() -> None:
    answers: Iterator[int | Exception] = iter(
        [ZeroDivisionError(), Unavailable("no socket"), 200, 200, 200, 200]
    )

    def answer() -> int:
        following = next(answers)
        if isinstance(following, Exception):
            raise following
        return following

    async with asyncio.TaskGroup() as group:
        beside = group.create_task(asyncio.sleep(50, "still here"))
        kept = Kept(Carrier(answer), group)
        kept.keeper.start()
        await asyncio.sleep(5)
        assert kept.state() is TrunkState.DOWN
        await asyncio.sleep(40)
        assert kept.state() is TrunkState.UP
        await kept.keeper.stop()
    assert beside.result() == "still here"


async def test_a_stopped_keeper_asks_nothing_more() -> None:
    carrier = Carrier(lambda: 200)
    async with asyncio.TaskGroup() as group:
        kept = Kept(carrier, group)
        kept.keeper.start()
        await asyncio.sleep(5)
        await kept.keeper.stop()
        before = len(carrier.asked)
        kept.keeper.drain()
        await asyncio.sleep(100)
        assert len(carrier.asked) == before
