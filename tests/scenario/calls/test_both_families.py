"""Calls over IPv4 and IPv6: which of our addresses offers and answers name, and what becomes of the other family."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenario.exchange.office import connecting
from voicecore.ivr import Call
from voicecore.sdp.session import SessionDescription
from voicecore.sip.output import InviteReceived, Output
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_wire import OFFER, PLATFORM, PLATFORM_6

FOUR, SIX = PLATFORM.host, PLATFORM_6.host
BOTH = (FOUR, SIX)
OFFER_6 = OFFER.replace(b"IN IP4 192.0.2.7", b"IN IP6 2001:db8::7")
MEDIA_6 = OFFER_6.replace(
    b"c=IN IP6 2001:db8::7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n",
    b"c=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\nc=IN IP6 2001:db8::7\r\n",
)
MOVED_TO_6 = OFFER_6.replace(b"o=- 1 1", b"o=- 1 2")


async def wait(call: Call) -> None:
    await call.answer()
    await call.wait()


def told(body: bytes) -> tuple[str, str, int]:
    """What a description of ours says: address of o=, address of c=, port."""
    session = SessionDescription.parse(body)
    assert session.connection is not None
    return session.origin.address, session.connection.address, session.media[0].port


async def test_an_offer_over_ipv6_is_answered_from_our_ipv6_address() -> None:
    async with simulated_platform({"1": wait}, addresses=BOTH) as platform:
        phone = platform.phone("2001:db8::7")
        phone.describe = lambda offer: OFFER_6
        assert await phone.dial("1") == 200
        assert told(phone.answer) == (SIX, SIX, phone.leg.port)
        assert phone.leg.spec is not None
        assert (phone.leg.address, phone.leg.spec.remote_address) == (SIX, "2001:db8::7")
        phone.hang_up()


async def test_the_c_line_decides_and_not_the_way_of_sip() -> None:
    async with simulated_platform({"1": wait}, addresses=BOTH) as platform:
        for host, offer, ours in (("192.0.2.7", MEDIA_6, SIX), ("2001:db8::7", OFFER, FOUR)):
            phone = platform.phone(host)
            phone.describe = lambda asked, offer=offer: offer  # type: ignore[misc]
            assert await phone.dial("1") == 200
            assert told(phone.answer) == (ours, ours, phone.leg.port)
            assert phone.leg.address == ours
            phone.hang_up()


async def test_without_an_address_of_its_family_an_offer_is_refused_and_told_why() -> None:
    async with simulated_platform({"1": wait}) as platform:
        phone = platform.phone()
        phone.describe = lambda offer: OFFER_6
        assert await phone.dial("1") == 488
        warning = phone.responses[-1].headers.get("Warning")
        assert warning == '300 192.0.2.1 "Incompatible network protocol: no audio over IPv6 here"'
        assert platform.engine.legs == {}


async def test_hold_by_a_null_address_moves_nothing() -> None:
    null = OFFER_6.replace(b"c=IN IP6 2001:db8::7", b"c=IN IP4 0.0.0.0").replace(b"o=- 1 1", b"o=- 1 2")
    async with simulated_platform({"1": wait}, addresses=BOTH) as platform:
        phone = platform.phone("2001:db8::7")
        phone.describe = lambda offer: OFFER_6
        await phone.dial("1")
        port = phone.leg.port
        assert await phone.offer(null) == 200
        assert told(phone.answer) == (SIX, SIX, port)
        assert phone.leg.spec is not None
        assert (phone.leg.spec.sending, phone.leg.address) == (False, SIX)
        phone.hang_up()


async def test_a_phone_that_goes_to_the_other_family_is_followed() -> None:
    async with simulated_platform({"1": wait}, addresses=BOTH) as platform:
        phone = await platform.dial("1")
        first = told(phone.answer)
        assert await phone.offer(MOVED_TO_6) == 200
        # RFC 3264, 8: o= stays but for its version, whatever c= says.
        assert told(phone.answer) == (FOUR, SIX, phone.leg.port)
        assert b" 2 IN IP4 " in phone.answer
        assert first[2] != phone.leg.port
        assert phone.leg.spec is not None
        assert phone.leg.spec.remote_address == "2001:db8::7"
        assert await phone.offer(OFFER.replace(b"o=- 1 1", b"o=- 1 3")) == 200
        assert told(phone.answer)[:2] == (FOUR, FOUR)
        phone.hang_up()


async def test_an_offer_that_is_refused_moves_nothing() -> None:
    foreign = MOVED_TO_6.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 18")
    async with simulated_platform({"1": wait}, addresses=BOTH) as platform:
        phone = await platform.dial("1")
        before = phone.leg.port
        assert await phone.offer(foreign) == 488
        assert (phone.leg.port, phone.leg.address) == (before, FOUR)
        phone.hang_up()


async def test_a_phone_without_an_offer_is_offered_the_family_that_it_called_by() -> None:
    async with simulated_platform({"1": wait}, addresses=BOTH) as platform:
        phone = platform.phone("2001:db8::7")
        phone.describe = lambda offer: OFFER_6
        assert await phone.dial("1", sdp=b"") == 200
        assert told(phone.answer)[:2] == (SIX, SIX)
        await asyncio.sleep(1)
        assert phone.leg.spec is not None
        assert phone.leg.spec.remote_address == "2001:db8::7"
        phone.hang_up()


async def test_a_caller_over_ipv4_and_who_is_called_over_ipv6_are_connected() -> None:
    async with simulated_platform(
        {"1": connecting("sip:bob@[2001:db8::9]:7000")}, addresses=BOTH
    ) as platform:
        bob = platform.phone("2001:db8::9")
        bob.describe = lambda offer: OFFER_6
        alice = platform.phone("192.0.2.7")
        assert await alice.dial("1") == 200
        await asyncio.sleep(1)
        assert told(bob.invites[0].request.body)[:2] == (SIX, SIX)
        legs = platform.engine.legs
        assert [leg.address for leg in legs.values()] == [FOUR, SIX]
        assert {tuple(leg.sources) for leg in legs.values()} == {(1,), (2,)}
        alice.hang_up()


def refuses(phone: SimulatedCaller, family: bytes, code: int) -> None:
    """The phone takes no offer of audio over that family, and says why."""
    hear = phone.on_output

    def judge(output: Output) -> None:
        if isinstance(output, InviteReceived):
            is_refused = b"c=IN " + family in output.request.body
            phone.answers_with = 488 if is_refused else 200
            phone.headers = [("Warning", f'{code} 192.0.2.9 "Not that, please"')] if is_refused else []
        hear(output)

    phone.on_output = judge


@pytest.mark.parametrize("code", [300, 301])
async def test_who_refuses_our_family_is_offered_the_other(code: int) -> None:
    async with simulated_platform(
        {"1": connecting("sip:bob@[2001:db8::9]:7000")}, addresses=BOTH
    ) as platform:
        bob = platform.phone("2001:db8::9")
        refuses(bob, b"IP6", code)
        alice = platform.phone()
        assert await alice.dial("1") == 200
        await asyncio.sleep(1)
        assert [told(invite.request.body)[1] for invite in bob.invites] == [SIX, FOUR]
        legs = platform.engine.legs
        assert [leg.address for leg in legs.values()] == [FOUR, FOUR]
        assert len({tuple(leg.sources) for leg in legs.values()}) == 2
        alice.hang_up()


@pytest.mark.parametrize(("addresses", "code", "invited"), [(BOTH, 300, 2), (BOTH, 305, 1), ((SIX,), 300, 1)])
async def test_who_refuses_both_families_or_for_another_reason_is_not_asked_again(
    addresses: tuple[str, ...], code: int, invited: int
) -> None:
    async with simulated_platform(
        {"1": connecting("sip:bob@[2001:db8::9]:7000")}, addresses=addresses
    ) as platform:
        bob = platform.phone("2001:db8::9")
        refuses(bob, b"IP", code)
        alice = platform.phone("2001:db8::7")
        alice.describe = lambda offer: OFFER_6
        await alice.dial("1")
        await alice.over()
        assert len(bob.invites) == invited


async def test_an_answer_in_another_family_than_our_offer_ends_the_call() -> None:
    async with simulated_platform({"1": connecting("sip:bob@192.0.2.9:7000")}, addresses=BOTH) as platform:
        bob = platform.phone("192.0.2.9")
        bob.describe = lambda offer: OFFER_6
        alice = platform.phone()
        assert await alice.dial("1") == 200
        await asyncio.sleep(1)
        assert len(platform.engine.legs) == 1
        alice.hang_up()
