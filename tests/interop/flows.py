"""Flows that only tests need: for what no number of ours does by itself."""

from __future__ import annotations

import asyncio

from voicecore.calls.leg import Leg
from voicecore.ivr import Answered, Call, Choice


async def ring(call: Call, seconds: float = 1.0) -> None:
    """Rings for a while (180), then the caller hears himself."""
    await call.ring()
    await call.wait(seconds)
    await _echo(call)


async def early(call: Call, seconds: float = 2.0) -> None:
    """Plays before the call is answered (183), then the caller hears himself."""
    await call.early_media()
    async with call.music():
        await call.wait(seconds)
    await _echo(call)


async def hold(call: Call, after: float = 1.0, seconds: float = 2.0) -> None:
    """The caller hears himself, is put on hold with music for a while, and hears himself again."""
    leg = call._line.leg
    await call.answer()
    await call.wait(after)
    await leg.changes.hold()
    async with call.music():
        await call.wait(seconds)
    await leg.changes.resume()
    await _echo(call)


async def hold_party(call: Call, target: str, after: float = 1.0, seconds: float = 2.0) -> None:
    """Bridges the caller with `target`, who is put on hold for a while."""
    match await call.dial(target):
        case Answered(party):
            await call.answer()
            async with asyncio.TaskGroup() as group:
                holding = group.create_task(_hold(party, after, seconds))
                await call.bridge(party)
                holding.cancel()


async def _hold(leg: Leg, after: float, seconds: float) -> None:
    await asyncio.sleep(after)
    await leg.changes.hold()
    await asyncio.sleep(seconds)
    await leg.changes.resume()


async def send_away(call: Call, target: str, after: float = 1.0) -> None:
    """Asks the caller's phone to call `target` instead of us."""
    await call.answer()
    await call.wait(after)
    await call.transfer(target)


async def _echo(call: Call) -> None:
    await call.answer()
    async with call.echo():
        await call.wait()


async def desk(call: Call) -> None:
    """Takes one of two desks by key or by word, and says goodbye to who chose the second."""
    await call.answer()
    listens = {"1": "sales", "2": ("billing", "my bill")}
    match await call.menu("main_menu", options={"1": "sales", "2": "billing"}, listens=listens, tries=1):
        case Choice("billing"):
            await call.play("goodbye")


async def whisper(call: Call, account: str) -> None:
    """The caller hears that account's phone and its party, and only that phone hears the caller."""
    await call.answer()
    async with call.supervising(account) as ear:
        if ear is not None:
            ear.whisper()
            await ear.ended()
