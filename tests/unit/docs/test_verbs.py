"""docs/verbs.md: its flows talk as it says, its tables name every verb and kind there is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.scenario.exchange.office import phone_of
from tests.scenario.ivr.conversation import converse
from tests.unit.docs.blocks import blocks_of
from voicecore import ivr
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.ivr import Call, kinds
from voicecore.ivr.among import Among
from voicecore.ivr.facts import Facts
from voicecore.ivr.speaking import Speaking
from voicecore.ivr.surroundings import Surroundings
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_site import RULES, SimulatedSite, account

SITE = SimulatedSite(ExchangeSettings(RULES, accounts=tuple(map(account, ("anna", "bob", "carol")))))


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "verbs.md").read_text(encoding="utf-8")


@pytest.fixture
def flows(root: Path) -> ModuleType:
    module = ModuleType("my_flows")
    for block in blocks_of(root / "docs" / "verbs.md", root):
        if block.tag == "python":
            exec(compile(block.text, "my_flows", "exec", dont_inherit=True), module.__dict__)
    return module


async def test_questions_are_answered(flows: ModuleType) -> None:
    talked = await converse(flows.book, (0.5, "7"), (2.5, "25"))
    assert talked.heard == ["how_many", "7 seats are booked.", "which_desk", "You chose a desk, 25."]


async def test_the_operator_is_a_key_away(flows: ModuleType) -> None:
    talked = await converse(flows.book, (0.5, "*"), (2.5, "9"), (3.0, "1"))
    assert talked.heard[:4] == ["how_many", "Somebody will help you.", "which_desk", "which_desk"]


async def test_the_account_flow_takes_an_order(flows: ModuleType) -> None:
    talked = await converse(flows.account, (0.5, "4711"), (2.0, "123456"))
    assert talked.heard == ["pin", "You have 42.", "order_number", "Order 123456."]
    assert not any("4711" in detail for _, detail in talked.journal)


async def test_the_meeting_is_muted_and_left_by_keys(flows: ModuleType) -> None:
    talked = await converse(flows.meeting, (1.0, "0"), (2.0, "0"), (3.0, "#"))
    assert talked.heard == ["goodbye"]
    joined = [kind for kind, _ in talked.journal if kind == "joined conference"]
    assert len(joined) == 3


async def test_who_speaks_lights_a_lamp(flows: ModuleType) -> None:
    talked = await converse(flows.heard_meeting, (1.0, "#"))
    assert ("note", "you listen") in talked.journal


async def test_a_card_is_asked_while_two_talk_and_a_supervisor_coaches(flows: ModuleType) -> None:
    numbers = {"1": flows.sold, "2": flows.coach}
    async with simulated_platform(numbers, site=SITE) as platform:
        anna, caller, boss = [await phone_of(platform, user) for user in ("anna", "bob", "carol")]
        await caller.dial("1")
        await asyncio.sleep(2)
        await boss.dial("2")
        first, agent, listener = platform.engine.legs
        caller.press("40000012")
        await asyncio.sleep(1)
        assert platform.engine.heard_by(agent) == {}
        caller.press("34567899")
        await asyncio.sleep(3)
        heard = []
        for key in "321":
            boss.press(key)
            await asyncio.sleep(0.5)
            heard.append([listener in platform.engine.heard_by(leg) for leg in (first, agent)])
        assert heard == [[True, True], [False, True], [False, False]]
        assert platform.engine.legs[agent].sent_digits == ""
        anna.hang_up()
        await boss.hears("goodbye")
        await caller.over()


def test_every_verb_is_in_the_tables(page: str) -> None:
    defined = vars(Call) | vars(Among) | vars(Speaking) | vars(Surroundings) | vars(Facts)
    assert {name for name in defined if not name.startswith("_")} <= set(re.findall(r"`(\w+)", page))


def kind_rows(page: str) -> list[tuple[str, str, str]]:
    rows = [line.split("|")[1:4] for line in page.splitlines() if re.match(r"\| `[A-Z]", line)]
    return [
        (kind.strip(" `"), re.findall("`([^`]+)`", keys)[0], value.strip(" `")) for kind, keys, value in rows
    ]


def test_every_kind_of_answer_reads_what_the_table_says(page: str) -> None:
    rows = kind_rows(page)
    names: dict[str, Any] = {**vars(ivr), **vars(__import__("datetime")), **vars(__import__("decimal"))}
    for source, keys, value in rows:
        kind: kinds.Kind[Any] = eval(source, names)
        assert kind.parse(keys.removesuffix("#")) == eval(value, names), source
    assert len(rows) == 8
