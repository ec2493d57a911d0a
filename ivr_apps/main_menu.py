"""The first thing a caller hears: a greeting, three options, an operator, and a message for nobody at home."""

from __future__ import annotations

from ivr_apps.handover import message, to_operator
from voicecore.ivr import Call, Choice, NoChoice


async def main(call: Call, operator: str = "") -> None:
    """`operator`: the SIP URI behind key 0; without one, key 0 offers to take a message."""
    await call.answer()
    async with call.recording():
        await call.play("welcome")
        options = {"1": music, "2": echo, "3": message, "0": None}
        match await call.menu("main_menu", options=options, tries=3):
            case Choice(branch) if branch is not None:
                await branch(call)
            case Choice() | NoChoice():
                await to_operator(call, operator)
        await call.play("goodbye")


async def music(call: Call) -> None:
    await call.play("music_intro")
    async with call.music():
        await call.wait(20)


async def echo(call: Call) -> None:
    await call.play("echo_intro")
    async with call.echo():
        await call.wait(30)
