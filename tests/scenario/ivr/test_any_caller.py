"""Whatever a caller does, at whatever time: a flow made of these verbs ends, and nothing of it is left."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenario.ivr.conversation import FALL_SILENT, HANG_UP, SPEAK, act
from voicecore.ivr import (
    Amount,
    Answered,
    Asked,
    Call,
    Choice,
    DigitString,
    Key,
    NoChoice,
    Unanswered,
    WholeNumber,
    YesNo,
    first_of,
)
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.virtual_loop import VirtualTimeLoop

LONGEST_CALL = 3600.0

first_keys = st.sampled_from(["1", "2", "3", "0", "45", "9", ""])
"""So that every branch is met often."""

acts = st.lists(
    st.tuples(
        st.floats(0, 12),
        st.sampled_from([*"0123456789*#", "11", "1234", "4711#", SPEAK, FALL_SILENT, HANG_UP]),
    ),
    max_size=40,
)
peer_answers = st.sampled_from([200, 486, 0])


async def everything(call: Call, peer: str) -> None:
    """Most verbs, nested in one another."""
    await call.answer()
    async with call.recording():
        with call.universal(repeat="*", operator="0"):
            for _ in range(3):
                options = {"1": pay, "2": leave_word, "3": wait_for_it, "40-49": pay}
                match await call.menu("main", options=options, no_input=["a", "b"]):
                    case Choice(branch):
                        await branch(call)
                    case NoChoice(Unanswered.OPERATOR):
                        await talk_to(call, peer)
                    case NoChoice():
                        break
    async with call.after_hangup(within=3):
        await asyncio.sleep(1)


async def pay(call: Call) -> None:
    with call.universal(back="#"):
        async with call.secret():
            pin = await call.ask("pin", kind=DigitString(4), confirm=True, tries=2)
        amount = await call.ask("amount", kind=Amount(), invalid=["c", ("d", "e")])
        if isinstance(pin, Asked) and isinstance(amount, Asked):
            async with call.filler("one_moment", after=0.5, every=2):
                await asyncio.sleep(3)


async def leave_word(call: Call) -> None:
    await call.record(longest=20, review=True)


async def wait_for_it(call: Call) -> None:
    async with call.playing("jingle", "weather") as sound:
        won = await first_of(call.gather("number", digits=3, tries=2), call.key("9"), call.wait(8))
        if isinstance(won, Key):
            sound.pause()
        await call.ask("sure", kind=YesNo(), tries=1)
        sound.resume()
        await call.ask("day", kind=WholeNumber(1, 31), tries=1)


async def talk_to(call: Call, peer: str) -> None:
    async def screen(party: Call) -> bool:
        return isinstance(await party.menu("screening", options={"1": True}, tries=1), Choice)

    targets = [peer, "sip:nobody@192.0.2.99"]
    match await first_of(call.dial(targets, ring_time=5, screen=screen), call.key("*")):
        case Answered(party):
            await first_of(call.bridge(party), call.wait(20))


@settings(max_examples=60, deadline=None)
@given(first_keys, acts, peer_answers)
def test_no_caller_is_trapped(first: str, doings: list[tuple[float, str]], answers: int) -> None:
    at, script = 0.5, [(0.5, first)]
    for pause, what in doings:
        at += pause
        script.append((at, what))

    async def one_call() -> None:
        async def flow(call: Call) -> None:
            await everything(call, f"sip:peer@{peer.address.host}:{peer.address.port}")

        async with simulated_platform({"1": flow}) as platform:
            peer = platform.phone()
            peer.answers_with = answers
            caller = await platform.dial("1")
            await act(caller, tuple(script))
            await caller.over(within=LONGEST_CALL)
            file = await platform.record()
            assert file.call.traceback is None
            assert platform.engine.legs == {}
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(one_call())
