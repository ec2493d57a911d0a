"""Flows that the benches call in the server: they need what no ordinary flow may reach."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import asdict
from itertools import count
from pathlib import Path

from voicecore.ivr import Answered, Call, Tone

_arrivals: defaultdict[int, count[int]] = defaultdict(count)
"""Callers so far, by the size of their rooms."""

LOOK_S = 0.2
SPIN_S = 0.005


async def recorded_bridge(call: Call, target: str) -> None:
    """`diagnostics:bridge`, recorded in stereo."""
    match await call.dial(target):
        case Answered(party):
            await call.answer()
            async with call.recording():
                await call.bridge(party)
        case _:
            await call.hangup(503)


async def conference(call: Call, size: int) -> None:
    """Callers fill rooms of so many, one after the other, and stay until they hang up."""
    room = next(_arrivals[size]) // size
    await call.answer()
    await call.conference(f"{size}-{room}", beep=False)


async def engine_load(call: Call, file: str) -> None:
    """Whenever `file` is made empty, writes the engine's load since it was last asked into it, as JSON."""
    await call.answer()
    answer = Path(file)
    partial = answer.with_suffix(".partial")
    while True:
        await call.wait(LOOK_S)
        if _is_asked(answer):
            # Flows have no way to the engine, and shall have none.
            load = call._line.active.services.engine.load()
            partial.write_text(json.dumps(asdict(load)), encoding="utf-8")
            partial.replace(answer)


def _is_asked(answer: Path) -> bool:
    return answer.exists() and not answer.stat().st_size


async def busy_python(call: Call) -> None:
    """Keeps the event loop's thread busy until the caller hangs up, in turns of 5 ms."""
    await call.answer()
    loop = asyncio.get_running_loop()
    while True:
        until = loop.time() + SPIN_S
        while loop.time() < until:
            pass
        await asyncio.sleep(0)


async def interruptible(call: Call) -> None:
    """A long sound, until the caller presses 1 or says a word; then silence."""
    await call.answer()
    await call.menu(Tone((440.0,), 20_000), options={"1": "sales"}, listens={"1": "sales"}, tries=1)
    await call.wait(2)


async def menus(call: Call, words: bool = False) -> None:
    """One menu after the other, until the caller hangs up: a key chooses, or with `words` what he says."""
    await call.answer()
    listens = {"1": "sales", "2": "billing", "3": "support"} if words else {}
    while True:
        await call.menu("main_menu", options={"0-9": "next"}, listens=listens, tries=100)
