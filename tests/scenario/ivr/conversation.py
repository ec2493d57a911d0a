"""A flow that is called once, a caller who acts at given seconds, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from voicecore.ivr import Call
from voicecore.store.records import CallFile
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_speech import SimulatedSpeech

HANG_UP = "hang up"
SPEAK = "speak"
FALL_SILENT = "fall silent"


@dataclass(slots=True)
class Conversation:
    """What the flow's last line returned, and what the caller heard."""

    file: CallFile
    value: Any = None
    heard: list[str] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def journal(self) -> list[tuple[str, str]]:
        return [(event.kind, event.detail) for event in self.file.events]


async def act(caller: SimulatedCaller, acts: tuple[tuple[float, str], ...]) -> None:
    """Each of `acts` is a second of the call and keys, or one of the words above; nothing once it is over."""
    began = asyncio.get_running_loop().time()
    for at, what in acts:
        await asyncio.sleep(began + at - asyncio.get_running_loop().time())
        if caller.is_over:
            return
        match what:
            case "hang up":
                caller.hang_up()
            case "speak":
                caller.speak()
            case "fall silent":
                caller.fall_silent()
            case keys:
                caller.press(keys)


async def converse(
    talk: Callable[[Call], Awaitable[Any]],
    *acts: tuple[float, str],
    lengths: dict[str, float] | None = None,
) -> Conversation:
    """Prompts last one second unless `lengths` says otherwise."""
    results: list[Any] = []

    async def flow(call: Call) -> None:
        await call.answer()
        results.append(await talk(call))

    async with simulated_platform({"1": flow}, speech=SimulatedSpeech(lengths)) as platform:
        caller = await platform.dial("1")
        leg, began = caller.leg, asyncio.get_running_loop().time()
        await act(caller, acts)
        await caller.over()
        file = await platform.record()
        return Conversation(
            file,
            results[0] if results else None,
            [platform.name_of(one.sound) for one in leg.heard],
            [round(one.ended - one.began, 1) for one in leg.heard],
            asyncio.get_running_loop().time() - began,
        )
