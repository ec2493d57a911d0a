"""The same script, simulated and live over loopback: the flow does the same, and its journal says so."""

from __future__ import annotations

import asyncio
import socket
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

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
SECONDS = 1.4
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


def site(folder: Path) -> Path:
    """A whole site whose prompts are noise, each its own."""
    (folder / "live_flow.py").write_text(FLOW)
    prompts = folder / "prompts"
    recorded = prompts / "recorded" / "en"
    recorded.mkdir(parents=True)
    (prompts / "manifest.toml").write_text("".join(f'[{name}]\nen = "{name}"\n' for name in PROMPTS))
    for seed, name in enumerate(PROMPTS):
        noise = np.random.default_rng(seed).normal(0, 4000, int(SECONDS * 8000)).astype("<i2")
        with wave.open(str(recorded / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(noise.tobytes())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "voicecore.toml"
    config.write_text(
        f'[sip]\nlisten = ["udp://127.0.0.1:{port}"]\n[media]\nports = [31000, 31999]\n'
        f'[store]\nurl = "sqlite:///{folder}/calls.db"\n[recordings]\ndirectory = "{folder}/recordings"\n'
        f'[music]\ndirectory = "{folder}/music"\n'
        f'[prompts]\ndirectory = "{prompts}"\ncache = "{folder}/cache"\n'
        '[[number]]\nmatch = "1000"\nflow = "live_flow:main"\nargs = { most = 2 }\n'
    )
    return config


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
    config, script = site(tmp_path), parse_script(SCRIPT)
    happened = await live(config, script)
    flow = sys.modules["live_flow"].main
    stage = Stage({"most": 2}, speech=SimulatedSpeech(dict.fromkeys(PROMPTS, SECONDS)))
    again = await asyncio.to_thread(_simulated, flow, script, stage)
    sys.modules.pop("live_flow")
    assert departure(happened, again) is None
    assert told(happened)[-3:-1] == [
        "gather prompts=bravo digits=3 first=2.0 between=1.0 -> Digits text=42 end=timeout",
        "play prompts=charlie",
    ]
    assert (happened.version, dict(happened.args)) == (again.version, dict(again.args))


def _simulated(flow: object, script: CallerScript, stage: Stage) -> FlowJournal:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        simulation = runner.run(simulated(flow, script, stage))  # type: ignore[arg-type]
    assert simulation.performance.unmet is None, simulation.performance
    return simulation.journal
