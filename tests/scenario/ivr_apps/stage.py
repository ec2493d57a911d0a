"""A platform with one flow of the library, its data in a scratch file, an operator, and a caller with a number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from voicecore.ivr.flows import Flow
from voicecore.speech.manifest import read_manifest
from voicecore.store.records import CallFile
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_speech import SimulatedSpeech

MANIFEST = read_manifest(Path(__file__).resolve().parents[3] / "prompts" / "manifest.toml")
CUSTOMER = "+441632960001"
OPERATOR = "sip:operator@192.0.2.7:7000"


class Stage:
    """`operator` answers at once, unless a test says otherwise."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self.platform = platform
        self.operator = platform.phone()
        self.caller = platform.phone()
        self.caller.user = CUSTOMER

    async def dial(self, *, number: str = "1") -> SimulatedCaller:
        await self.caller.dial(number)
        return self.caller

    async def says(self, prompt: str, keys: str, *, after: float = 0.0) -> None:
        """Waits for a prompt, listens so many seconds, and presses keys."""
        await self.caller.hears(prompt)
        await asyncio.sleep(after)
        self.caller.press(keys)

    async def operator_answers(self) -> SimulatedCaller:
        """The operator, once he was called."""
        operator = self.operator
        for _ in range(600):
            if operator.invites:
                break
            await asyncio.sleep(0.1)
        (call,) = self.platform.switchboard.calls
        operator.is_on(next(leg.id for leg in call.legs if str(operator.address) in leg.identity.remote_uri))
        return operator

    async def operator_takes(self) -> str:
        """The operator hears what is known, and takes the call; returns the words that he heard."""
        operator = await self.operator_answers()
        await operator.hears("handover_take")
        words = operator.words
        operator.press("1")
        await asyncio.sleep(2)
        assert self.caller.leg.sources, "the two do not talk"
        return words

    async def over(self) -> CallFile:
        """The record, once the call has ended without a fault."""
        await self.caller.over()
        file = await self.platform.record()
        assert file.call.traceback is None, file.call.traceback
        return file


@asynccontextmanager
async def stage(flow: Flow, *, language: str = "en", **args: Any) -> AsyncIterator[Stage]:
    """The flow has the number 1; its words are those of the manifest, a second each."""
    speech = SimulatedSpeech(manifest=MANIFEST)
    async with simulated_platform({"1": (flow, args)}, speech=speech, language=language) as platform:
        yield Stage(platform)
