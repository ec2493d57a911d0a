"""Offers and answers in PRACK and UPDATE, before a caller is answered (RFC 3262, 5; RFC 3311, 5; RFC 6337, 2)."""

from __future__ import annotations

import asyncio

import pytest

from voicecore.ivr import Call
from voicecore.sip.call_options import CallOptions, Use
from voicecore.sip.output import Output, Progressed
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_wire import OFFER

MOVED = OFFER.replace(b"m=audio 4000", b"m=audio 4444")


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
