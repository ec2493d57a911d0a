"""A flow says where it is; the same caller's next call goes on there when a crash cut the last one off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.scenario.ivr.conversation import converse
from voicecore.errors import UsageError
from voicecore.ivr import Call
from voicecore.store.flow_journal import journal_to_json
from voicecore.testing.simulated_call import simulated_platform


@dataclass(frozen=True)
class Order:
    seats: int
    day: str = "today"


async def order(call: Call) -> None:
    await call.answer()
    resumed = await call.resumed(Order, within=600)
    await call.play("how_many" if resumed is None else f"still_{resumed.seats}")
    await call.checkpoint(Order(3))
    await call.wait(60)


async def test_the_same_caller_goes_on_once_where_the_last_call_was_cut_off() -> None:
    async with simulated_platform({"1": order}) as platform:
        first = await platform.dial("1")
        await first.hears("how_many")
        await first.over(within=200)
        kept = dict(platform.store.checkpoints)
        await platform.record()
        platform.store.files.clear()  # as if the program had died before it could write
        second = await platform.dial("1")
        await second.over(within=200)
        third = await platform.dial("1")
        await third.over(within=200)
    assert [one.state for one in kept.values()] == ['{"seats": 3, "day": "today"}']
    assert second.heard == ["still_3"]
    assert third.heard == ["how_many"]


async def test_another_caller_does_not_get_it() -> None:
    async with simulated_platform({"1": order}) as platform:
        first = await platform.dial("1")
        await first.over(within=200)
        await platform.record()
        platform.store.files.clear()
        other = platform.phone("192.0.2.55")
        await other.dial("1")
        await other.over(within=200)
    assert other.heard == ["how_many"]


@pytest.mark.parametrize("state", [{"seats": 3}, 7, Order, Order("\ud800", {1})])  # type: ignore[arg-type]
async def test_what_cannot_be_kept_is_refused_at_once(state: Any) -> None:
    async def talk(call: Call) -> object:
        with pytest.raises(UsageError):
            await call.checkpoint(state)
        await call.wait(1)
        return "refused"

    assert (await converse(talk)).value == "refused"


async def test_nothing_is_kept_in_secret() -> None:
    async def talk(call: Call) -> object:
        async with call.secret():
            with pytest.raises(UsageError, match="in secret"):
                await call.checkpoint(Order(3))
        await call.wait(1)
        return "refused"

    assert (await converse(talk)).value == "refused"


async def test_what_it_holds_is_personal_in_the_journal() -> None:
    async def talk(call: Call) -> None:
        await call.checkpoint(Order(3, "4711"))
        await call.wait(1)

    journal = (await converse(talk)).file.flow_journal
    assert journal is not None
    assert "4711" in journal_to_json(journal)
    assert "4711" not in journal_to_json(journal.without_personal())
