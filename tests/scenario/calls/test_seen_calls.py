"""What was said of a call is joined to it, and kept without secrets."""

from __future__ import annotations

import asyncio

from voicecore.calls.ladder import draw
from voicecore.ivr.call import Call
from voicecore.testing.simulated_call import simulated_platform


async def waits(call: Call) -> None:
    await call.answer()
    await asyncio.sleep(10)


async def test_the_switchboard_knows_the_call_of_a_message_while_it_runs() -> None:
    async with simulated_platform({"1000": waits}) as platform:
        caller = await platform.dial("1000")
        (active,) = platform.switchboard.calls
        leg = active.first
        assert leg is not None
        assert platform.switchboard.call_named(leg.identity.sip_call_id) == active.id
        assert platform.switchboard.call_named("another") is None
        caller.hang_up()
        await platform.record()
        assert platform.switchboard.call_named(leg.identity.sip_call_id) is None


async def test_the_ladder_of_a_call_shows_its_audio_and_its_end() -> None:
    async with simulated_platform({"1000": waits}) as platform:
        caller = await platform.dial("1000")
        await asyncio.sleep(2)
        caller.hang_up()
        file = await platform.record()
    ladder = draw(file.ladder, events=file.events, legs=file.legs)
    for part in ("caller, UDP", "VoiceCore", "INVITE (SDP)", " RTP PCMU ", "answered", "BYE", "ended"):
        assert part in ladder
