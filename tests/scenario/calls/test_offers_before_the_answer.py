"""Offers and answers in PRACK and UPDATE, before a caller is answered (RFC 3262, 5; RFC 3311, 5; RFC 6337, 2)."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.ivr import Answered, Call, DialOutcome
from voicecore.sip.call_options import CallOptions, Use
from voicecore.sip.output import InviteId, InviteReceived, Output, Progressed
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_wire import OFFER

MOVED = OFFER.replace(b"m=audio 4000", b"m=audio 4444")


class Dialling:
    def __init__(self) -> None:
        self.target = ""
        self.outcome: DialOutcome | None = None

    async def __call__(self, call: Call) -> None:
        await call.answer()
        self.outcome = await call.dial(self.target)
        if isinstance(self.outcome, Answered):
            await call.bridge(self.outcome.leg)


async def ring_and_play(call: Call) -> None:
    await call.ring()
    await asyncio.sleep(2)
    await call.answer()
    await call.wait()


def demanding(platform: SimulatedPlatform, answer: bytes = OFFER) -> SimulatedCaller:
    """A phone that demands reliable provisional responses, and answers an offer in one of them."""
    phone = platform.phone()
    phone.options = CallOptions(reliable=Use.REQUIRED)
    heard = phone.on_output

    def listen(output: Output) -> None:
        if isinstance(output, Progressed) and output.dialog is not None:
            phone._dialog = output.dialog
            if output.response.body:
                phone._sip.prack(output.invite, output.dialog, sdp=answer)
        heard(output)

    phone.on_output = listen
    return phone


async def test_who_made_no_offer_gets_ours_in_the_first_reliable_provisional() -> None:
    async with simulated_platform({"1": ring_and_play}) as platform:
        phone = demanding(platform)
        before = set(platform.engine.legs)
        phone.start_dialling("1", b"")
        await asyncio.sleep(1)
        (prack, _), *_ = platform.wire.requests("PRACK", source=phone.address)
        assert "m=audio 4000" in prack
        phone.find_leg(before)
        await phone.settled()
        assert phone.status == 200
        assert phone.answer == b""  # RFC 3261, 13.2.1: offer and answer were exchanged before
        assert "4000" in str(phone.leg.spec)
        phone.hang_up()


async def test_an_answer_in_a_prack_that_is_none_is_refused() -> None:
    async with simulated_platform({"1": ring_and_play}) as platform:
        phone = demanding(platform, answer=b"v=nonsense\r\n")
        phone.start_dialling("1", b"")
        await asyncio.sleep(1)
        refusals = [
            data for data, hop in platform.wire.sent if data.startswith(b"SIP/2.0 4") and b"PRACK" in data
        ]
        assert len(refusals) == 1
        phone.give_up()


async def test_a_provisional_that_is_not_reliable_brings_no_offer() -> None:
    async with simulated_platform({"1": ring_and_play}) as platform:
        phone = platform.phone()
        assert await phone.dial("1", b"") == 200
        ringing = next(data for data, _ in platform.wire.sent if data.startswith(b"SIP/2.0 180"))
        assert b"m=audio" not in ringing
        assert b"m=audio" in phone.answer
        phone.hang_up()


@pytest.mark.parametrize("offer", [MOVED, b"v=nonsense\r\n"])
async def test_early_media_may_be_changed_by_update(offer: bytes) -> None:
    async def play(call: Call) -> None:
        await call.early_media()
        await asyncio.sleep(2)
        await call.answer()
        await call.wait()

    async with simulated_platform({"1": play}) as platform:
        phone = demanding(platform)
        before = set(platform.engine.legs)
        phone.start_dialling("1")
        await asyncio.sleep(1)
        phone.find_leg(before)
        status = await phone.offer_by_update(offer)
        assert (status == 200) == (offer is MOVED)
        assert ("4444" in str(phone.leg.spec)) == (offer is MOVED)
        await phone.settled()
        assert phone.status == 200
        phone.hang_up()


class Ringing:
    """A called phone with early media that it changes while it rings."""

    def __init__(self, phone: SimulatedCaller) -> None:
        self.phone = phone
        self.invite: InviteId | None = None
        self._heard = phone.on_output
        phone.on_output = self._listen

    def _listen(self, output: Output) -> None:
        if not isinstance(output, InviteReceived):
            self._heard(output)
            return
        sip = self.phone._sip
        self.invite, self.phone._dialog = output.invite, sip.dialog_of(output.invite)
        sip.respond(output.invite, 183, sdp=OFFER, reliable=True)

    def answer(self, sdp: bytes = b"") -> None:
        assert self.invite is not None, "nobody calls"
        self.phone._sip.respond(self.invite, 200, sdp=sdp)


async def test_who_is_called_may_change_its_early_media_and_answer_then() -> None:
    flow = Dialling()
    async with simulated_platform({"1": flow.__call__}) as platform:
        called = Ringing(platform.phone())
        flow.target = f"sip:peer@{called.phone.address}"
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        party = platform.engine.legs[max(platform.engine.legs)]
        assert "4000" in str(party.spec)
        assert await called.phone.offer_by_update(MOVED) == 200
        assert "4444" in str(party.spec)
        called.answer()
        await asyncio.sleep(1)
        assert isinstance(flow.outcome, Answered)
        assert "4444" in str(party.spec)
        caller.hang_up()
        await asyncio.sleep(1)
        assert platform.switchboard.running == 0


async def test_an_offer_that_we_cannot_take_leaves_its_early_media_as_it_was() -> None:
    flow = Dialling()
    async with simulated_platform({"1": flow.__call__}) as platform:
        called = Ringing(platform.phone())
        flow.target = f"sip:peer@{called.phone.address}"
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        party = platform.engine.legs[max(platform.engine.legs)]
        assert await called.phone.offer_by_update(OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18")) == 488
        assert "4000" in str(party.spec)
        called.answer()
        await asyncio.sleep(1)
        assert isinstance(flow.outcome, Answered)
        caller.hang_up()
