"""Phones with DTLS-SRTP: what they are offered, each party by its own settings, and what a failed one does."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenario.exchange.office import answering, journal, phone_of, site
from voicecore.calls.agreed import MediaPolicy, MediaSecurity
from voicecore.calls.party import Party, PartyKind
from voicecore.ids import LegId
from voicecore.media.events import DisconnectCause
from voicecore.media.leg_spec import DtlsPeer
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

BOB_HAS_DTLS = MediaPolicy(
    parties={Party(PartyKind.ACCOUNT, "bob"): MediaSecurity(Srtp.REQUIRE, keys=(KeyWay.DTLS,))}
)
FINGERPRINT = "sha-256 " + ":".join(["BB"] * 32)


def description(setup: str, fingerprint: str = FINGERPRINT) -> bytes:
    lines = (
        *("v=0", "o=- 1 1 IN IP4 192.0.2.20", "s=-", "c=IN IP4 192.0.2.20", "t=0 0"),
        *("m=audio 4000 UDP/TLS/RTP/SAVP 0 101", "a=rtpmap:101 telephone-event/8000", "a=rtcp-mux"),
        *(f"a=fingerprint:{fingerprint}", f"a=setup:{setup}"),
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


async def caller_of(platform: SimulatedPlatform) -> SimulatedCaller:
    phone = platform.phone()
    assert await phone.dial("1000", description("actpass")) == 200
    return phone


async def test_a_phone_that_offers_dtls_gets_it_and_the_engine_learns_who_it_is() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        phone = await caller_of(platform)
        spec = phone.leg.spec
        assert spec is not None
        assert spec.dtls == DtlsPeer(FINGERPRINT, "", dtls_client=False)
        assert (spec.rtcp_mux, spec.remote_rtcp_port, spec.browser) == (True, 4000, None)
        assert platform.engine.fingerprint.encode() in phone.answer
        assert b"a=setup:passive" in phone.answer
        phone.hang_up()


async def test_only_the_phone_whose_settings_say_so_is_offered_dtls() -> None:
    async with simulated_platform({}, site=site(), security=BOB_HAS_DTLS) as platform:
        alice, bobs = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bobs.describe = lambda offer: description("active")
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        offer = bobs.invites[0].request.body
        assert b"UDP/TLS/RTP/SAVP" in offer
        assert b"a=setup:actpass" in offer
        called, calling = (platform.engine.legs[LegId(leg)].spec for leg in (2, 1))
        assert called is not None
        assert called.dtls is not None
        assert calling is not None
        assert calling.dtls is None
        alice.hang_up()
        await bobs.over()


@pytest.mark.parametrize("why", [DisconnectCause.WRONG_FINGERPRINT, DisconnectCause.NEVER_CONNECTED])
async def test_a_handshake_that_fails_ends_the_call_and_says_why(why: DisconnectCause) -> None:
    async with simulated_platform({"1000": answering}) as platform:
        phone = await caller_of(platform)
        platform.engine.disconnect(LegId(1), why)
        await phone.over()
        file = await platform.record()
        (bye, *_) = platform.wire.requests("BYE")
    assert file.call.end is CallEnd.CONNECTION_LOST
    assert journal(file, "connection") == [f"leg 1: media, {why.value}"]
    assert f'Reason: SIP;cause=488;text="DTLS: {why.value}"' in bye[0]


async def test_a_phone_that_closes_dtls_has_not_hung_up() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        phone = await caller_of(platform)
        platform.engine.disconnect(LegId(1), DisconnectCause.DTLS_CLOSED)
        await asyncio.sleep(1)
        assert not phone.is_over
        phone.hang_up()


async def test_a_handshake_that_fails_while_it_rings_waits_for_the_answer() -> None:
    async with simulated_platform({}, site=site(), security=BOB_HAS_DTLS) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bob.describe = lambda offer: description("active")
        bob.rings_with, bob.answers_with, bob.picks_up_after = 183, 0, 5.0
        alice.start_dialling("1002")
        await asyncio.sleep(2)
        platform.engine.disconnect(LegId(2), DisconnectCause.NEVER_CONNECTED)
        await asyncio.sleep(5)
        state = platform.engine.legs[LegId(2)]
        assert state.connected is not None, "the answer began another handshake"
        assert not bob.is_over
        bob.hang_up()
        await alice.over()
