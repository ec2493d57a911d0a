"""The first thing a caller hears: a greeting, three options, an operator, and a message for nobody at home."""

from __future__ import annotations

from voicecore.ivr import Answered, Call, Choice, Message, NoChoice


async def main(call: Call, operator: str | None = None) -> None:
    """`operator`: the SIP URI behind key 0; without one, key 0 offers to take a message."""
    await call.answer()
    async with call.recording():
        await call.play("welcome")
        options = {"1": music, "2": echo, "3": message, "0": None}
        match await call.menu("main_menu", options=options, tries=3):
            case Choice(None):
                await connect_operator(call, operator)
            case Choice(branch) if branch is not None:
                await branch(call)
            case NoChoice():
                await connect_operator(call, operator)
        await call.play("goodbye")


async def music(call: Call) -> None:
    await call.play("music_intro")
    async with call.music():
        await call.wait(20)


async def echo(call: Call) -> None:
    await call.play("echo_intro")
    async with call.echo():
        await call.wait(30)


async def message(call: Call) -> None:
    await call.play("leave_message")
    match await call.record():
        case Message(spoken=True):
            await call.play("message_saved")
        case _:
            await call.play("no_message")


async def connect_operator(call: Call, operator: str | None) -> None:
    if operator is not None:
        await call.play("operator_connecting")
        match await call.dial(operator):
            case Answered(party):
                await call.bridge(party)
                return
            case _:
                pass
    await call.play("operator_unavailable")
    await message(call)
