"""A flow sends its caller elsewhere by REFER (RFC 3515, 5589)."""

from __future__ import annotations

import asyncio

from voicecore.ivr import Answered, Call, NotTransferred, TransferOutcome, Transferred
from voicecore.testing.simulated_call import simulated_platform


class Sender:
    """Answers, transfers, and says goodbye where that fails."""

    def __init__(self, *, attended_by: str | None = None) -> None:
        self.outcome: TransferOutcome | None = None
        self.attended_by = attended_by

    async def __call__(self, call: Call) -> None:
        await call.answer()
        party = None
        if self.attended_by is not None:
            match await call.dial(self.attended_by):
                case Answered(leg):
                    party = leg
        self.outcome = await call.transfer("sip:2000@192.0.2.50", to=party, patience=5.0)
        if isinstance(self.outcome, NotTransferred):
            await call.play("goodbye")


async def test_a_caller_is_sent_to_another_number() -> None:
    flow = Sender()
    async with simulated_platform({"1": flow.__call__}) as platform:
        caller = platform.phone()
        caller.refers_with = 200
        await caller.dial("1")
        await caller.over()
    (refer,) = [one.request for one in caller.requests]
    assert refer.headers.get("Refer-To") == "<sip:2000@192.0.2.50>"
    assert refer.headers.get("Referred-By")
    assert flow.outcome == Transferred(200)


async def test_a_caller_whose_phone_refuses_stays() -> None:
    flow = Sender()
    async with simulated_platform({"1": flow.__call__}) as platform:
        caller = await platform.dial("1")
        await caller.hears("goodbye")
        await caller.over()
    assert isinstance(flow.outcome, NotTransferred)
    assert flow.outcome.status == 603


async def test_a_target_that_is_busy_is_told() -> None:
    flow = Sender()
    async with simulated_platform({"1": flow.__call__}) as platform:
        caller = platform.phone()
        caller.refers_with = 486
        await caller.dial("1")
        await caller.over()
    assert flow.outcome == NotTransferred(486, "It")


async def test_an_attended_transfer_names_the_dialog_of_the_other_party() -> None:
    flow = Sender()
    async with simulated_platform({"1": flow.__call__}) as platform:
        expert = platform.phone()
        flow.attended_by = f"sip:expert@{expert.address.host}:{expert.address.port}"
        caller = platform.phone()
        caller.refers_with = 200
        await caller.dial("1")
        await caller.over()
        await asyncio.sleep(1)
        refer_to = caller.requests[0].request.headers.get("Refer-To") or ""
        dialog = expert.dialog
        assert refer_to.startswith(
            f"<{flow.attended_by}?Replaces={dialog.call_id}%3Bto-tag%3D{dialog.local_tag}%3B"
        )
