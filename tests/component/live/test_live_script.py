"""The same script, simulated and live over loopback: the flow does the same, and its journal says so."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.component.live.noisy_site import SECONDS, site
from voicecore.app.platform import platform
from voicecore.cli.live_call import perform_live
from voicecore.config.reader import read
from voicecore.store.flow_journal import FlowJournal
from voicecore.store.sql import SqlCallReader
from voicecore.testing.caller_script import CallerScript, parse_script
from voicecore.testing.journals import departure, told
from voicecore.testing.simulated_speech import SimulatedSpeech
from voicecore.testing.simulation import Stage, simulated
from voicecore.testing.virtual_loop import VirtualTimeLoop

FLOW = """
from voicecore.ivr import Call, Choice, Digits


async def main(call: Call, most: int) -> None:
    await call.answer()
    match await call.menu("alpha", options={"1": "number", "2": "other"}, tries=most):
        case Choice("number"):
            match await call.gather("bravo", digits=3, first=2.0, between=1.0):
                case Digits(text):
                    await call.play("charlie")
        case _:
            await call.play("delta")
    await call.wait(0.5)
"""
PROMPTS = ("alpha", "bravo", "charlie", "delta", "invalid_choice", "no_input")
SCRIPT = """
hears alpha within 10
silence 1.1
press 7
hears invalid_choice within 10
hears alpha within 10
silence 1.1
press 1
hears bravo within 10
silence 1.1
press 42
hears charlie within 10
ends within 10
"""


async def live(config: Path, script: CallerScript) -> FlowJournal:
    settings = read(config)
    async with platform(settings) as running:
        await running.render_prompts(lambda progress: None)
        address = running.machine.listening[0].address
        performance = await perform_live(script, f"sip:1000@{address}", settings, "en")
        assert performance.unmet is None, performance
        await running.machine.switchboard.idle()
    async with SqlCallReader.open(settings.store.url) as reader:
        (journal,) = await reader.journals("live_flow:main")
    return journal


@pytest.mark.real_time
async def test_simulation_and_live_run_give_the_same_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "live_flow.py").write_text(FLOW)
    number = '[[number]]\nmatch = "1000"\nflow = "live_flow:main"\nargs = { most = 2 }\n'
    config, script = site(tmp_path, PROMPTS, number).config, parse_script(SCRIPT)
    happened = await live(config, script)
    flow = sys.modules["live_flow"].main
    stage = Stage({"most": 2}, speech=SimulatedSpeech(dict.fromkeys(PROMPTS, SECONDS)))
    again = await asyncio.to_thread(_simulated, flow, script, stage)
    sys.modules.pop("live_flow")
    assert departure(happened, again) is None
    assert told(happened)[-3:-1] == [
        "gather prompts=bravo digits=3 first=2.0 between=1.0 -> Digits text=42 end=timeout how=key",
        "play prompts=charlie",
    ]
    assert (happened.version, dict(happened.args)) == (again.version, dict(again.args))


def _simulated(flow: object, script: CallerScript, stage: Stage) -> FlowJournal:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        simulation = runner.run(simulated(flow, script, stage))  # type: ignore[arg-type]
    assert simulation.performance.unmet is None, simulation.performance
    return simulation.journal
