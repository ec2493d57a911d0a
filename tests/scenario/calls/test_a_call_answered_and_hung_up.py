"""An inbound call from INVITE to its record: both ways to end it, refusals, and what a flow sees."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.journal import Journal
from voicecore.ids import CallId
from voicecore.ivr import Call, Hangup
from voicecore.store.records import CallEnd, CallRecord, Side
from voicecore.testing.simulated_call import simulated_platform


async def answer(call: Call) -> None:
    await call.answer()
    await call.play("welcome")


async def test_the_platform_hangs_up_when_the_flow_is_done() -> None:
    async with simulated_platform({"1000": answer}) as platform:
        caller = await platform.dial("1000")
        assert caller.status == 200
        await caller.over()
        file = await platform.record()
    assert caller.heard == ["welcome"]
    assert file.call.end is CallEnd.PLATFORM_HUNG_UP
    assert file.call.number == "1000"
    assert file.call.answered is not None
    assert file.call.ended is not None
    assert (file.call.ended - file.call.answered).total_seconds() >= 1.0
    assert [leg.side for leg in file.legs] == [Side.INBOUND]
    assert file.legs[0].codec == "PCMU"
    assert file.legs[0].quality is not None


async def test_a_caller_without_an_offer_hears_what_the_flow_plays_first() -> None:
    """Audio is agreed by its ACK, and the flow goes on after that."""
    async with simulated_platform({"1000": answer}) as platform:
        caller = platform.phone()
        assert await caller.dial("1000", sdp=b"") == 200
        await caller.over()
        file = await platform.record()
    assert caller.heard == ["welcome"]
    assert file.call.end is CallEnd.PLATFORM_HUNG_UP


async def test_the_ladder_holds_the_whole_call() -> None:
    async with simulated_platform({"1000": answer}) as platform:
        caller = await platform.dial("1000")
        await caller.over()
        file = await platform.record()
    lines = [
        (m.received, m.text.split(b"\r\n")[0].decode().replace("SIP/2.0", "").strip()) for m in file.ladder
    ]
    assert [(received, line.split(" ")[0]) for received, line in lines] == [
        (True, "INVITE"),
        (False, "100"),
        (False, "200"),
        (True, "ACK"),
        (False, "BYE"),
        (True, "200"),
    ]


async def test_hang_up_cancels_the_flow_and_finally_runs() -> None:
    steps: list[str] = []

    async def flow(call: Call) -> None:
        await call.answer()
        try:
            await call.wait()
        except Hangup:
            steps.append("hangup")
            raise
        finally:
            steps.append("finally")

    async with simulated_platform({"1000": flow}) as platform:
        caller = await platform.dial("1000")
        await asyncio.sleep(3)
        caller.hang_up()
        file = await platform.record()
        assert platform.engine.legs == {}
    assert steps == ["hangup", "finally"]
    assert file.call.end is CallEnd.CALLER_HUNG_UP


async def test_hang_up_ends_a_flow_that_waits_for_something_else() -> None:
    ended = asyncio.Event()

    async def flow(call: Call) -> None:
        await call.answer()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async with simulated_platform({"1000": flow}) as platform:
        caller = await platform.dial("1000")
        caller.hang_up()
        await platform.record()
    assert ended.is_set()


async def test_a_verb_after_the_hang_up_raises_at_once() -> None:
    raised: list[type[BaseException]] = []

    async def flow(call: Call) -> None:
        await call.answer()
        try:
            await call.wait()
        except Hangup:
            try:
                await call.play("welcome")
            except Hangup as error:
                raised.append(type(error))

    async with simulated_platform({"1000": flow}) as platform:
        caller = await platform.dial("1000")
        caller.hang_up()
        file = await platform.record()
    assert raised == [Hangup]
    assert file.call.end is CallEnd.CALLER_HUNG_UP


async def test_a_caller_who_gives_up_is_recorded_as_cancelled() -> None:
    async def ring(call: Call) -> None:
        await call.ring()
        await call.wait(60)

    async with simulated_platform({"1000": ring}) as platform:
        caller = platform.phone()
        caller.start_dialling("1000")
        await asyncio.sleep(5)
        caller.give_up()
        file = await platform.record()
        await asyncio.sleep(1)
    assert caller.status == 487
    assert 180 in caller.responses
    assert file.call.end is CallEnd.CANCELLED
    assert file.call.answered is None


async def test_an_unknown_number_gets_404_and_no_record() -> None:
    async with simulated_platform({"1000": answer}) as platform:
        caller = await platform.dial("2000")
    assert caller.status == 404
    assert platform.store.files == []


async def test_a_full_port_range_gets_503_with_retry_after() -> None:
    async with simulated_platform({"1000": answer}, legs=1) as platform:
        first = await platform.dial("1000")
        second = await platform.dial("1000")
        await first.over()
        await platform.switchboard.idle()
        refused = next(f for f in platform.store.files if f.call.end is CallEnd.REJECTED)
    assert second.status == 503
    assert second.responses[-1].headers.get("Retry-After") == "10"
    assert refused.call.status == 503


async def test_a_code_with_a_hash_is_dialled_however_it_is_escaped() -> None:
    async with simulated_platform({"#31#": answer, "*98": answer}) as platform:
        for dialled in ("#31#", "%2331%23", "*98", "%2A98"):
            caller = platform.phone()
            assert await caller.dial(dialled) == 200, dialled
            caller.hang_up()
            assert (await platform.record()).call.number in ("#31#", "*98")
        for dialled in ("%2331%23%00", "%0d%0a31", "%20%2331%23"):
            assert await platform.phone().dial(dialled) == 404


async def test_an_offer_without_a_codec_of_ours_gets_488_with_a_warning() -> None:
    sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n"
    async with simulated_platform({"1000": answer}) as platform:
        caller = platform.phone()
        assert await caller.dial("1000", sdp) == 488
        await platform.switchboard.idle()
    assert caller.responses[-1].headers.get("Warning").startswith("305 ")
    assert platform.store.files[0].call.status == 488


async def test_a_flow_that_raises_apologises_and_the_record_holds_the_traceback() -> None:
    async def broken(call: Call) -> None:
        await call.answer()
        raise KeyError("no such customer")

    async with simulated_platform({"1000": broken}) as platform:
        caller = await platform.dial("1000")
        await caller.hears("apology")
        await caller.over()
        file = await platform.record()
    assert file.call.end is CallEnd.FAILED
    assert file.call.traceback is not None
    assert "no such customer" in file.call.traceback


async def test_a_flow_that_raises_before_it_answers_apologises_as_well() -> None:
    async def broken(call: Call) -> None:
        raise RuntimeError("never got there")

    async with simulated_platform({"1000": broken}) as platform:
        caller = await platform.dial("1000")
        assert caller.status == 200
        await caller.hears("apology")
        await caller.over()


async def test_a_flow_that_never_answers_ends_with_480() -> None:
    async def silent(call: Call) -> None:
        return None

    async with simulated_platform({"1000": silent}) as platform:
        caller = await platform.dial("1000")
        file = await platform.record()
    assert caller.status == 480
    assert file.call.end is CallEnd.REJECTED


async def test_a_leg_without_media_for_too_long_is_taken_for_gone() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.wait()

    async with simulated_platform({"1000": flow}) as platform:
        caller = await platform.dial("1000")
        platform.engine.lose_media(next(iter(platform.engine.legs)))
        await caller.over()
        file = await platform.record()
    assert file.legs[0].reason == "no media"


async def test_the_end_of_the_program_hangs_up_every_call() -> None:
    async def flow(call: Call) -> None:
        await call.answer()
        await call.wait()

    async with simulated_platform({"1000": flow}) as platform:
        callers = [await platform.dial("1000") for _ in range(3)]
    for caller in callers:
        await caller.over(within=1)
    assert [file.call.end for file in platform.store.files] == [CallEnd.PLATFORM_HUNG_UP] * 3


async def test_a_fault_of_ours_while_a_call_comes_in_is_answered_with_500(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with simulated_platform({"1000": answer}) as platform:

        def broken(*args: object, **kwargs: object) -> int:
            raise RuntimeError("a bug of ours")

        monkeypatch.setattr(platform.engine, "open_leg", broken)
        caller = await platform.dial("1000")
        assert caller.status == 500
        assert platform.switchboard.calls == ()


async def test_what_a_flow_left_running_ends_with_it_and_its_fault_is_kept() -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async def fails() -> None:
        raise KeyError("in the background")

    async def script(active: ActiveCall) -> None:
        active.spawn(endless())
        active.spawn(fails())
        await asyncio.sleep(10)

    async with simulated_platform({}) as platform:
        switchboard = platform.switchboard
        wall = switchboard.services.clock.wall()
        record = CallRecord(CallId("one"), "", "sip:a@b", None, wall)
        journal = Journal(record.id, switchboard.services.clock)
        await switchboard.start(ActiveCall(record, switchboard.services, journal), script)
        file = await platform.record()
    assert ended.is_set()
    assert file.call.end is CallEnd.FAILED
    assert "in the background" in (file.call.traceback or "")
