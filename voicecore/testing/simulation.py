"""One scripted call of a flow in virtual time: `simulation = simulate(main, parse_script(text))`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicecore.ivr.flows import Flow
from voicecore.ivr.web.message import Web
from voicecore.store.flow_journal import FlowJournal
from voicecore.store.records import CallFile
from voicecore.testing.caller_script import CallerScript
from voicecore.testing.scripted_call import Performance, perform
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech
from voicecore.testing.virtual_loop import VirtualTimeLoop

NUMBER = "1000"
"""What the caller of a simulation dials."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What surrounds the flow: its arguments, the language, and what is said with which words and lengths."""

    args: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    speech: SimulatedSpeech | None = None
    number: str = NUMBER
    web: Web | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """A call that was simulated."""

    performance: Performance
    file: CallFile

    @property
    def journal(self) -> FlowJournal:
        assert self.file.flow_journal is not None, "no flow ran"
        return self.file.flow_journal


def simulate(flow: Flow, script: CallerScript, stage: Stage | None = None) -> Simulation:
    """From outside of any event loop; a call of minutes takes milliseconds."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(simulated(flow, script, stage))


async def simulated(flow: Flow, script: CallerScript, stage: Stage | None = None) -> Simulation:
    """As `simulate`, from a coroutine in a `VirtualTimeLoop`."""
    stage = stage or Stage()
    numbers = {stage.number: (flow, stage.args)}
    async with simulated_platform(
        numbers, speech=stage.speech, language=stage.language, web=stage.web, meets=script.meets
    ) as platform:
        performance = await perform(script, platform.line(stage.number))
        return Simulation(performance, await platform.record())
