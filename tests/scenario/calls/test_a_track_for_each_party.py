"""With the layout "tracks" each party of a call has a file of its own, and all begin at one moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from voicecore.ivr import Answered, Call
from voicecore.media.engine import RecordingLayout
from voicecore.store.records import MarkKind, RecordingRecord
from voicecore.testing.simulated_call import simulated_platform


async def recorded(layout: RecordingLayout) -> tuple[RecordingRecord, ...]:
    """A caller for 5 s, then an operator with him who hangs up after 3 s more. The last second is secret."""
    targets: list[str] = []

    async def flow(call: Call) -> None:
        studio = call._line.studio
        studio.places = replace(studio.places, recording_layout=layout)
        await call.answer()
        async with call.recording():
            await call.wait(5)
            outcome = await call.dial(targets[0])
            assert isinstance(outcome, Answered)
            await call.bridge(outcome.leg)
            async with call.secret():
                await call.wait(1)

    async with simulated_platform({"1": flow}) as platform:
        phone = platform.phone()
        targets.append(f"sip:peer@{phone.address.host}:{phone.address.port}")
        caller = await platform.dial("1")
        await asyncio.sleep(9)
        phone.hang_up()
        await caller.over()
        return (await platform.record()).recordings


async def test_each_party_has_a_file_and_they_lie_along_one_clock() -> None:
    operator, caller = sorted(await recorded(RecordingLayout.PARTY), key=lambda one: one.duration_ms)
    assert caller.leg != operator.leg
    assert (caller.channels, operator.channels) == (1, 1)
    assert abs((caller.started - operator.started).total_seconds()) < 0.05
    kinds = [mark.kind for mark in caller.marks]
    assert kinds == [MarkKind.MASKED, MarkKind.UNMASKED]


async def test_one_file_has_both_sides() -> None:
    (both,) = await recorded(RecordingLayout.STEREO)
    assert both.channels == 2
    assert [mark.kind for mark in both.marks] == [MarkKind.MASKED, MarkKind.UNMASKED]
