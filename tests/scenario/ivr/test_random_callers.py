"""Callers who do anything find what is wrong with a flow, and tell it as a script that shows it again."""

from __future__ import annotations

import pytest

from voicecore.ivr import Call, Choice
from voicecore.testing.caller_script import Press, parse_script
from voicecore.testing.random_caller import Bounds, FlowFault, check_flow, walk
from voicecore.testing.simulation import simulate


async def fair(call: Call) -> None:
    await call.answer()
    match await call.menu("main", options={"1": "one", "2": "two", "0": "operator"}):
        case Choice("one"):
            await call.play("one")
        case Choice("two"):
            await call.wait(5)
        case _:
            await call.dial("phone:operator")


async def trap(call: Call) -> None:
    """Who presses 2 never gets out."""
    await call.answer()
    while isinstance(choice := await call.menu("main", options={"1": "on", "2": "stay"}, tries=1), Choice):
        while choice.value == "stay":
            await call.play("please_wait")


async def dumb(call: Call) -> None:
    await call.answer()
    match await call.menu("main", options={"1": "back end", "2": "bye"}):
        case Choice("back end"):
            await call.wait(30)
            await call.play("done")


async def lonely(call: Call) -> None:
    """The operator's key is no option of the second menu."""
    await call.answer()
    match await call.menu("main", options={"1": "more", "0": "operator"}):
        case Choice("more"):
            await call.menu("second", options={"1": "a"})
            await call.play("goodbye")
        case Choice():
            await call.dial("phone:operator")


async def broken(call: Call) -> None:
    await call.answer()
    match await call.menu("main", options={"1": "a", "2": "b"}):
        case Choice("b"):
            raise ZeroDivisionError


def test_nobody_has_to_complain_of_a_fair_flow() -> None:
    check_flow(fair, callers=40, bounds=Bounds(operator_key="0"))


def test_a_caller_who_is_trapped_is_found() -> None:
    with pytest.raises(FlowFault, match="does not end within 600 s"):
        check_flow(trap)


def test_a_silence_is_found_and_its_script_shows_it_again() -> None:
    with pytest.raises(FlowFault, match="nothing is heard for 3") as caught:
        check_flow(dumb)
    script = parse_script(str(caught.value).partition("\n")[2])
    assert any(line.action == Press("1") for line in script.lines)
    waited = [step for step in simulate(dumb, script).journal.steps if step.verb == "wait"]
    assert waited


def test_a_menu_without_an_operator_is_found() -> None:
    with pytest.raises(FlowFault, match="no operator after 1 times 0"):
        check_flow(lonely, bounds=Bounds(operator_key="0"))


def test_a_flow_that_fails_is_found() -> None:
    with pytest.raises(FlowFault, match="the flow failed: ZeroDivisionError"):
        check_flow(broken)


def test_the_same_seed_is_the_same_caller() -> None:
    assert walk(fair, 7).script == walk(fair, 7).script
    assert len({walk(fair, seed).script for seed in range(10)}) > 5
