"""dial and bridge: every outcome, and that no leg outlives the call."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.ivr import Answered, BridgeEnd, Busy, Call, DialOutcome, NoAnswer, NotReachable, Rejected
from voicecore.store.records import CallEnd, Side
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform


class Dialler:
    """A flow that calls `target` and bridges."""

    target = ""

    def __init__(self) -> None:
        self.outcome: DialOutcome | None = None
        self.end: BridgeEnd | None = None

    async def __call__(self, call: Call) -> None:
        await call.answer()
        self.outcome = await call.dial(self.target, ring_time=20)
        if isinstance(self.outcome, Answered):
            self.end = await call.bridge(self.outcome.leg)
            await call.play("goodbye")


async def dial_a_phone(flow: Dialler, platform: SimulatedPlatform, answers_with: int) -> None:
    phone = platform.phone()
    phone.answers_with = answers_with
    flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
    caller = await platform.dial("1")
    await caller.over()


async def test_the_party_hangs_up_and_the_flow_goes_on() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = platform.phone()
        flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
        caller = await platform.dial("1")
        await asyncio.sleep(5)
        (first_id, first), (second_id, second) = platform.engine.legs.items()
        assert first.sources == (second_id,)
        assert second.sources == (first_id,)
        phone.hang_up()
        await caller.hears("goodbye")
        await caller.over()
        file = await platform.record()
    assert flow.end is BridgeEnd.PARTY_HUNG_UP
    assert [leg.side for leg in file.legs] == [Side.INBOUND, Side.OUTBOUND]
    assert all(leg.answered and leg.ended for leg in file.legs)


async def test_the_caller_hangs_up_and_the_party_is_told() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = platform.phone()
        flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
        caller = await platform.dial("1")
        await asyncio.sleep(5)
        caller.hang_up()
        await phone.over(within=1)
        file = await platform.record()
        assert platform.engine.legs == {}
    assert file.call.end is CallEnd.CALLER_HUNG_UP


async def test_the_ladder_holds_both_dialogs() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        await dial_a_phone(flow, platform, 486)
        file = await platform.record()
    assert len({message.sip_call_id for message in file.ladder}) == 2


async def test_busy() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        await dial_a_phone(flow, platform, 486)
    assert flow.outcome == Busy()


async def test_declined() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        await dial_a_phone(flow, platform, 603)
    assert isinstance(flow.outcome, Rejected)
    assert flow.outcome.status == 603


async def test_nobody_comes_to_the_phone() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = platform.phone()
        phone.answers_with = 0
        flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
        caller = await platform.dial("1")
        await caller.over()
    assert flow.outcome == NoAnswer()
    assert phone.status == 487


async def test_nobody_is_there() -> None:
    flow = Dialler()
    flow.target = "sip:peer@192.0.2.99"
    async with simulated_platform({"1": flow.__call__}) as platform:
        caller = await platform.dial("1")
        await caller.over()
    # Nothing answers at all, so the ring time ends before timer B does.
    assert flow.outcome == NoAnswer() or isinstance(flow.outcome, NotReachable)


async def test_the_caller_hears_ring_back_while_it_rings() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = platform.phone()
        phone.answers_with = 0
        flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
        caller = await platform.dial("1")
        await asyncio.sleep(2)
        assert caller.leg.playing is not None
        await caller.over()


async def test_a_caller_who_hangs_up_while_it_rings_takes_the_call_back() -> None:
    flow = Dialler()
    async with simulated_platform({"1": flow.__call__}) as platform:
        phone = platform.phone()
        phone.answers_with = 0
        flow.target = f"sip:peer@{phone.address.host}:{phone.address.port}"
        caller = await platform.dial("1")
        await asyncio.sleep(2)
        caller.hang_up()
        await phone.over(within=1)
        file = await platform.record()
    assert phone.status == 487
    assert file.call.end is CallEnd.CALLER_HUNG_UP


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'SIP;cause=200;text="Call completed elsewhere"',
            b'Reason: SIP;cause=200;text="Call completed elsewhere"',
        ),
        ("Q.850;cause=16", b'Reason: Q.850;cause=16;text="Normal call clearing"'),
        ("SIP;cause=", b'Reason: Q.850;cause=16;text="Normal call clearing"'),
    ],
)
async def test_a_call_that_was_answered_elsewhere_is_no_missed_call(said: str, told: bytes) -> None:
    """RFC 3326, 2: a switch that rang us beside others says so in its CANCEL, and our phone must hear it."""
    target = ""

    async def connect(call: Call) -> None:
        await call.dial(target)

    async with simulated_platform({"1": connect}) as platform:
        phone = platform.phone()
        phone.answers_with = 0
        target = f"sip:peer@{phone.address.host}:{phone.address.port}"
        caller = platform.phone()
        caller.start_dialling("1")
        await asyncio.sleep(2)
        assert caller._invite is not None
        caller._sip.cancel(caller._invite, reason=said)
        await phone.over(within=1)
        cancels = [text for text, hop in platform.wire.requests("CANCEL") if hop.remote == phone.address]
    assert told in cancels[0].encode()
