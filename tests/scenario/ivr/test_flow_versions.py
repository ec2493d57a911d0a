"""A call keeps the version of the flow that it began with; a share of the calls meets a canary."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voicecore.calls.numbers import Canary, NumberEntry
from voicecore.ids import new_call_id
from voicecore.ivr.flows import FlowLibrary
from voicecore.testing.simulated_call import simulated_platform

FLOW = """
async def main(call):
    await call.answer()
    await call.wait(10)
    await call.play("VERSION")
"""


async def test_a_running_call_ends_as_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "versioned_flow.py"
    file.write_text(FLOW.replace("VERSION", "first"))
    library = FlowLibrary()
    async with simulated_platform({"1": library.get("versioned_flow:main").flow}) as platform:
        before = await platform.dial("1")
        file.write_text(FLOW.replace("VERSION", "second"))
        library.refresh()
        await before.over()
        first = await platform.record()
    async with simulated_platform({"1": library.get("versioned_flow:main").flow}) as platform:
        after = await platform.dial("1")
        await after.over()
        second = await platform.record()
    sys.modules.pop("versioned_flow")
    assert (before.heard, after.heard) == (["first"], ["second"])
    assert first.flow_journal is not None
    assert second.flow_journal is not None
    assert first.flow_journal.version != second.flow_journal.version


def test_a_canary_gets_its_share_and_a_call_always_the_same() -> None:
    entry = NumberEntry("1", "old:main", canary=Canary("new:main", 0.1))
    calls = [new_call_id(1e9) for _ in range(5000)]
    met = [entry.flow_of(call) for call in calls]
    assert 0.07 < met.count("new:main") / len(met) < 0.13
    assert met == [entry.flow_of(call) for call in calls]


@pytest.mark.parametrize(("share", "flow"), [(0.0, "old:main"), (1.0, "new:main")])
def test_a_canary_may_get_nobody_or_everybody(share: float, flow: str) -> None:
    entry = NumberEntry("1", "old:main", canary=Canary("new:main", share))
    assert {entry.flow_of(new_call_id(1e9)) for _ in range(100)} == {flow}
