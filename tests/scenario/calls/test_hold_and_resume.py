"""A phone that puts us on hold by a re-INVITE (RFC 3264, 8.4), and comes back."""

from __future__ import annotations

import asyncio

from voicecore.ivr import Call
from voicecore.sip.output import DialogId, RefreshDue
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_wire import OFFER

HOLD = OFFER.replace(b"o=- 1 1", b"o=- 1 2") + b"a=sendonly\r\n"
RESUME = OFFER.replace(b"o=- 1 1", b"o=- 1 3")
MOVED = OFFER.replace(b"o=- 1 1", b"o=- 1 2").replace(b"4000", b"4444").replace(b"192.0.2.7", b"192.0.2.9")
FOREIGN = OFFER.replace(b"o=- 1 1", b"o=- 1 2").replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18")


async def wait(call: Call) -> None:
    await call.answer()
    await call.wait()


async def test_hold_stops_our_audio_and_resume_starts_it_again() -> None:
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        assert await caller.offer(HOLD) == 200
        assert caller.leg.spec is not None
        assert (caller.leg.spec.sending, caller.leg.spec.receiving) == (False, True)
        assert await caller.offer(RESUME) == 200
        assert (caller.leg.spec.sending, caller.leg.spec.receiving) == (True, True)
        caller.hang_up()
        file = await platform.record()
    assert [event.kind for event in file.events if event.kind in ("held", "resumed")] == ["held", "resumed"]


async def test_a_phone_that_moves_is_followed() -> None:
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        assert await caller.offer(MOVED) == 200
        assert caller.leg.spec is not None
        assert (caller.leg.spec.remote_address, caller.leg.spec.remote_port) == ("192.0.2.9", 4444)
        caller.hang_up()


async def test_an_offer_that_we_cannot_take_changes_nothing() -> None:
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        before = caller.leg.spec
        assert await caller.offer(FOREIGN) == 488
        assert caller.responses[-1].headers.get("Warning").startswith("305 192.0.2.1 ")
        assert caller.leg.spec == before
        assert platform.switchboard.calls != ()
        caller.hang_up()


async def test_an_offer_of_ours_that_is_not_answered_changes_nothing() -> None:
    """A re-INVITE without SDP, as some refresh a session, and an ACK without SDP after our offer."""
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        before = caller.leg.spec
        caller.acknowledges_with = b""
        assert await caller.offer(b"") == 200
        await asyncio.sleep(1)
        assert caller.leg.spec == before
        assert await caller.offer(HOLD) == 200
        assert not caller.is_over
        caller.hang_up()


async def test_a_wrong_answer_to_an_offer_of_ours_ends_the_call() -> None:
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        caller.acknowledges_with = FOREIGN
        assert await caller.offer(b"") == 200
        await caller.over(within=1)


async def test_an_update_holds_and_resumes_as_a_reinvite_does() -> None:
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        assert await caller.offer_by_update(HOLD) == 200
        assert caller.leg.spec is not None
        assert (caller.leg.spec.sending, caller.leg.spec.receiving) == (False, True)
        assert await caller.offer_by_update(FOREIGN) == 488
        assert (caller.leg.spec.sending, caller.leg.spec.receiving) == (False, True)
        assert await caller.offer_by_update(RESUME) == 200
        assert (caller.leg.spec.sending, caller.leg.spec.receiving) == (True, True)
        caller.hang_up()
        file = await platform.record()
    assert [event.kind for event in file.events if event.kind in ("held", "resumed")] == ["held", "resumed"]


async def test_a_call_is_refreshed_by_an_offer_that_changes_nothing() -> None:
    async with simulated_platform({"1": wait}) as platform:
        caller = await platform.dial("1")
        before = caller.leg.spec
        theirs = caller.dialog
        for _ in range(2):
            platform.switchboard.receive(
                RefreshDue(DialogId(theirs.call_id, theirs.remote_tag, theirs.local_tag))
            )
            await asyncio.sleep(1)
        first, second = caller.reoffers
        assert first == second
        assert caller.leg.spec == before
        assert platform.switchboard.calls != ()
        caller.hang_up()
