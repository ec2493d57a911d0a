"""record and recording: what ends a message, and that a hang-up keeps it."""

from __future__ import annotations

import asyncio

from voicecore.ivr import Call, Message, RecordEnd
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import simulated_platform


async def recorded(*acts: tuple[float, str], **settings: float) -> Message:
    results: list[object] = []

    async def flow(call: Call) -> None:
        await call.answer()
        results.append(await call.record(**settings))  # type: ignore[arg-type]

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        began = asyncio.get_running_loop().time()
        for at, act in acts:
            await asyncio.sleep(began + at - asyncio.get_running_loop().time())
            {"speak": caller.speak, "silent": caller.fall_silent}.get(
                act, lambda act=act: caller.press(act)
            )()
        await caller.over()
    assert isinstance(results[0], Message)
    return results[0]


async def test_a_key_ends_the_message() -> None:
    message = await recorded((1.0, "speak"), (4.0, "silent"), (5.0, "#"))
    assert (message.end, message.spoken) == (RecordEnd.KEY, True)
    assert 4500 <= message.duration_ms <= 5000


async def test_another_key_does_not_end_it() -> None:
    message = await recorded((1.0, "speak"), (2.0, "7"), (4.0, "#"))
    assert message.end is RecordEnd.KEY
    assert message.duration_ms > 3500


async def test_silence_ends_it() -> None:
    message = await recorded((1.0, "speak"), (3.0, "silent"), silence=4.0)
    assert (message.end, message.spoken) == (RecordEnd.SILENCE, True)


async def test_nothing_said_is_told() -> None:
    message = await recorded(silence=4.0)
    assert (message.end, message.spoken) == (RecordEnd.SILENCE, False)


async def test_the_limit_ends_an_endless_speech() -> None:
    message = await recorded((1.0, "speak"), longest=20.0)
    assert message.end is RecordEnd.LIMIT
    assert 19_000 <= message.duration_ms <= 21_000


async def test_a_caller_who_hangs_up_has_left_a_message() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.record()

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        caller.speak()
        await asyncio.sleep(5)
        caller.hang_up()
        file = await platform.record()
    assert [recording.channels for recording in file.recordings] == [1]
    assert file.recordings[0].duration_ms >= 5000
    assert file.recordings[0].path.endswith("-message-1.wav")


async def test_the_whole_call_is_recorded_in_stereo_beside_the_message() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        async with call.recording():
            await call.play("welcome")
            await call.record(longest=3)

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        await caller.over()
        file = await platform.record()
    assert sorted(recording.channels for recording in file.recordings) == [1, 2]


async def test_what_was_recorded_before_the_disk_was_full_is_in_the_calls_record() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        async with call.recording():
            await call.mark("offer accepted")
            await call.wait(10)

    async with simulated_platform({"1": flow}) as platform:
        caller = await platform.dial("1")
        await asyncio.sleep(4)
        (leg,) = platform.engine.legs
        platform.engine.fill_disk(leg)
        await caller.over()
        file = await platform.record()
    (recording,) = file.recordings
    assert 3900 <= recording.duration_ms <= 4100
    assert [mark.text for mark in recording.marks] == ["offer accepted"]
    assert "recording failed" in [event.kind for event in file.events]
    assert file.call.end is CallEnd.PLATFORM_HUNG_UP
