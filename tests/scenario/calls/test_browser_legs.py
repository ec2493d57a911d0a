"""Calls from and to browsers: what is described, what the engine is told, and what becomes of lost media."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenario.exchange.office import answering, connecting, journal, phone_of, site
from voicecore.ids import LegId
from voicecore.ivr import Call
from voicecore.media.events import DisconnectCause
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_browser import BrowserMedia
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_wire import OFFER


async def page_of(
    platform: SimulatedPlatform, user: str, host: str = "192.0.2.8"
) -> tuple[SimulatedCaller, BrowserMedia]:
    """A browser page that registered; passwords are the names."""
    page, media = platform.browser(host)
    assert await page.register(user, user) == 200
    return page, media


async def test_a_browser_calls_a_number_and_hears_the_prompt() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        page, media = await page_of(platform, "alice")
        assert await page.dial("1000") == 200
        media.hear(page.answer)
        await page.hears("main_menu")
        spec, access = page.leg.spec, page.leg.access
        assert spec is not None
        assert spec.browser is not None
        assert access is not None
        assert media.peer is not None
        assert (spec.browser.ufrag, spec.browser.fingerprint) == (media.ufrag, media.fingerprint)
        assert (media.peer.ufrag, media.peer.password) == (access.ufrag, access.password)
        # RFC 8842, 5.3: who answers actpass begins the handshake.
        assert (spec.browser.dtls_client, media.peer.dtls_client) == (True, False)
        assert (spec.codec, spec.telephone_event, spec.event_clocks) == (
            "opus",
            110,
            ((110, 48_000), (126, 8000)),
        )
        page.hang_up()


async def test_every_address_that_is_advertised_becomes_a_candidate() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        platform.engine.browser_addresses = ("203.0.113.5", "10.0.0.5", "2001:db8::5")
        page, media = platform.browser()
        await page.dial("1000")
        media.hear(page.answer)
        priorities = [one.priority for one in media.candidates]
        assert [one.address for one in media.candidates] == ["203.0.113.5", "10.0.0.5", "2001:db8::5"]
        assert priorities == sorted(priorities, reverse=True)
        assert {(one.kind, one.port) for one in media.candidates} == {("host", page.leg.port)}
        page.hang_up()


async def test_a_phone_calls_a_browser() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        bob, media = await page_of(platform, "bob")
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert b"UDP/TLS/RTP/SAVPF" in bob.invites[0].request.body
        legs = platform.engine.legs
        assert {tuple(leg.sources) for leg in legs.values()} == {(1,), (2,)}
        assert [leg.spec.browser is not None for leg in legs.values() if leg.spec] == [False, True]
        called = legs[LegId(2)].spec
        assert called is not None
        assert called.browser is not None
        # The browser answered active: it begins the handshake.
        assert (called.browser.ufrag, called.browser.dtls_client) == (media.ufrag, False)
        bob.hang_up()
        await alice.over()


async def test_a_browser_calls_a_phone() -> None:
    async with simulated_platform({}, site=site()) as platform:
        (alice, _), bob = await page_of(platform, "alice"), await phone_of(platform, "bob")
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert b"RTP/AVP" in bob.invites[0].request.body
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (2,)}
        alice.hang_up()
        await bob.over()


async def test_a_browser_without_an_offer_gets_ours() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        page, media = platform.browser()
        assert await page.dial("1000", b"") == 200
        media.hear(page.answer)
        assert media.peer is not None
        page.hang_up()


async def test_hold_by_a_browser_and_its_end_leave_the_credentials_as_they_are() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        page, media = await page_of(platform, "alice")
        await page.dial("1000")
        before = page.leg.access
        for media.direction, receiving in (("sendonly", True), ("inactive", False), ("sendrecv", True)):
            assert await page.offer(media()) == 200
            spec = page.leg.spec
            assert spec is not None
            assert (spec.receiving, spec.sending) == (receiving, media.direction == "sendrecv")
        assert page.leg.access == before
        page.hang_up()
        file = await platform.record()
    assert (journal(file, "held"), journal(file, "resumed")) == (["leg 1", "leg 1"], ["leg 1"])


async def test_a_changed_ufrag_restarts_ice_on_both_sides() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        page, media = platform.browser()
        await page.dial("1000")
        media.hear(page.answer)
        before = page.leg.access
        media.restart()
        assert await page.offer(media()) == 200
        media.hear(page.answer)
        access, spec = page.leg.access, page.leg.spec
        assert before is not None
        assert access is not None
        assert spec is not None
        assert spec.browser is not None
        assert media.peer is not None
        assert media.peer.ufrag == access.ufrag != before.ufrag
        assert spec.browser.ufrag == media.ufrag
        page.hang_up()


async def test_another_certificate_within_a_call_is_refused_and_changes_nothing() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        page, _ = platform.browser()
        await page.dial("1000")
        spec = page.leg.spec
        assert await page.offer(BrowserMedia()()) == 488
        assert page.leg.spec == spec
        page.hang_up()


@pytest.mark.parametrize(
    ("line", "instead", "why"),
    [
        ("a=rtcp-mux", "", "a=rtcp-mux is missing"),
        ("a=setup:actpass", "", "a=setup must be"),
        ("a=setup:actpass", "a=setup:holdconn", "a=setup must be"),
        ("sha-256", "sha-1", "a=fingerprint with sha-256 is missing"),
        ("a=ice-ufrag:u", "a=ice-ufrag:-", "a=ice-ufrag and a=ice-pwd are missing"),
        ("a=ice-pwd:browser", "a=x:", "a=ice-ufrag and a=ice-pwd are missing"),
        ("s=-\r\n", "s=-\r\na=ice-lite\r\n", "a=ice-lite on both sides"),
        ("111 63 9 0 8 13 110 126", "63 13", "Incompatible media format"),
    ],
)
async def test_an_offer_that_cannot_be_is_told_why(line: str, instead: str, why: str) -> None:
    async with simulated_platform({"1000": answering}) as platform:
        page, media = platform.browser()
        assert await page.dial("1000", media().replace(line.encode(), instead.encode())) == 488
        response = page.responses[-1]
        assert why in (response.headers.get("Warning") or "")
        assert platform.engine.legs == {}


async def test_without_room_a_browser_is_told_to_come_again() -> None:
    async with simulated_platform({"1000": answering}, legs=0) as platform:
        page, _ = platform.browser()
        assert await page.dial("1000") == 503


@pytest.mark.parametrize("why", [DisconnectCause.NEVER_CONNECTED, DisconnectCause.WRONG_FINGERPRINT])
async def test_media_that_cannot_be_ends_the_call(why: DisconnectCause) -> None:
    async with simulated_platform({"1000": answering}) as platform:
        page, _ = platform.browser()
        await page.dial("1000")
        platform.engine.disconnect(LegId(1), why)
        await page.over(within=1)
        file = await platform.record()
    assert file.call.end is CallEnd.CONNECTION_LOST
    assert file.legs[0].reason == "no way for media"
    assert journal(file, "connection") == [f"leg 1: media, {why.value}"]


async def test_who_talks_to_a_browser_without_media_hears_music_until_ice_found_another_way() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        bob, media = await page_of(platform, "bob")
        await alice.dial("1002")
        await asyncio.sleep(1)
        platform.engine.disconnect(LegId(2))
        await asyncio.sleep(5)
        assert [platform.name_of(sound) for sound in alice.playing] == ["music"]
        media.restart()
        assert await bob.offer(media()) == 200
        await asyncio.sleep(1)
        assert alice.playing == ()
        await asyncio.sleep(60)
        assert not alice.is_over
        alice.hang_up()


async def test_a_call_whose_media_stays_away_ends() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        bob, _ = await page_of(platform, "bob")
        await alice.dial("1002")
        await asyncio.sleep(1)
        platform.engine.disconnect(LegId(2))
        await alice.over(within=11)
        assert bob.is_over
        (bye, *_) = platform.wire.requests("BYE")[::-1]
    assert 'Reason: Q.850;cause=27;text="Destination out of order"' in bye[0]


async def test_a_browser_transfers_whom_it_talks_to() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        bob, _ = await page_of(platform, "bob")
        carol, _ = await page_of(platform, "carol", "192.0.2.9")
        await alice.dial("1002")
        await asyncio.sleep(1)
        assert await bob.refer("<sip:1003@192.0.2.1>") == 202
        await bob.over()
        await asyncio.sleep(1)
        assert len(carol.invites) == 1
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (3,)}
        alice.hang_up()
        await carol.over()


async def test_a_phone_takes_the_call_of_a_browser_over() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, desk = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        desk.answers_with = 486
        bob, _ = await page_of(platform, "bob")
        await alice.dial("1002")
        await asyncio.sleep(1)
        dialog = bob.dialog
        value = f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"
        assert await desk.dial("1", OFFER, headers=[("Replaces", value)]) == 200
        await bob.over()
        await asyncio.sleep(1)
        specs = [leg.spec for leg in platform.engine.legs.values()]
        assert [spec is not None and spec.browser is None for spec in specs] == [True, True]
        alice.hang_up()
        await desk.over()


async def test_early_media_reaches_a_browser() -> None:
    async def announcing(call: Call) -> None:
        await call.early_media()
        await call.play("main_menu")
        await call.answer()
        await call.wait()

    async with simulated_platform({"1000": announcing}) as platform:
        page, media = platform.browser()
        await page.dial("1000")
        assert 183 in page.responses
        media.hear(page.answer)
        assert page.heard == ["main_menu"]
        page.hang_up()


async def test_a_flow_dials_a_browser() -> None:
    async with simulated_platform({"1": connecting("phone:bob")}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        bob, _ = await page_of(platform, "bob")
        await alice.dial("1")
        await asyncio.sleep(1)
        bob.hang_up()
        await alice.hears("goodbye")
        alice.hang_up()
