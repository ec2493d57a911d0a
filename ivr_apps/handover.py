"""A caller goes to a person, who hears first what is known so far. Where nobody takes the call, a message is left."""

from __future__ import annotations

from collections.abc import Sequence

from voicecore.ivr import Answered, Call, Choice, Message, Prompt


async def main(call: Call, operator: str = "") -> None:
    """For a number of its own: straight to a person."""
    await to_operator(call, operator)


async def to_operator(
    call: Call, operator: str, known: Sequence[Prompt] = (), *, ring_time: float = 30.0
) -> bool:
    """Calls `operator` (several, with spaces between, ring at once) and returns when they have talked: True.

    `known` is played to who answers, and key 1 takes the call; without it nothing stands between the two.
    """
    await call.answer()
    if operator:

        async def takes_it(party: Call) -> bool:
            prompts = ("handover_waits", *known, "handover_take")
            return isinstance(await party.menu(*prompts, options={"1": True}, tries=2), Choice)

        await call.play("operator_connecting")
        screen = takes_it if known else None
        outcome = await call.dial(operator.split(), ring_time=ring_time, screen=screen)
        if isinstance(outcome, Answered):
            await call.bridge(outcome.leg)
            return True
    await call.play("operator_unavailable")
    await message(call)
    return False


async def message(call: Call) -> None:
    """The file is kept with the record of the call."""
    await call.play("leave_message")
    match await call.record():
        case Message(spoken=True):
            await call.play("message_saved")
        case _:
            await call.play("no_message")
