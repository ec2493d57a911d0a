from __future__ import annotations

import asyncio

from tests.bench.parts import PartMeter, metered


class Kitchen:
    def cook(self) -> int:
        return self.chop() + sum(range(1000))

    def chop(self) -> int:
        return sum(range(200_000))

    async def dine(self) -> int:
        return self.cook()


async def test_a_part_is_not_charged_for_the_part_inside_of_it() -> None:
    meter, kitchen = PartMeter("rest"), Kitchen()
    seams = (("cooking", Kitchen, "cook"), ("chopping", Kitchen, "chop"))
    with metered(meter, seams, task=("dining", Kitchen, "dine"), collector="garbage"):
        assert await asyncio.create_task(kitchen.dine()) == kitchen.cook()
    spent = meter.take()
    assert {"rest", "cooking", "chopping", "dining"} <= spent.keys()
    assert spent["chopping"] > spent["cooking"]


def test_the_functions_are_back_in_their_places_afterwards() -> None:
    before = Kitchen.cook, Kitchen.dine
    with metered(PartMeter("rest"), [("a", Kitchen, "cook")], task=("b", Kitchen, "dine"), collector="c"):
        assert Kitchen.cook is not before[0]
    assert (Kitchen.cook, Kitchen.dine) == before
