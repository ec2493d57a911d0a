"""A browser loses its page or its network in the middle of a call: it is waited for, and takes its leg over again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.scenario.calls.test_browser_legs import page_of
from tests.scenario.exchange.office import answering, journal, phone_of, site
from voicecore.calls.browsers import PATIENCE_S
from voicecore.ids import LegId
from voicecore.ivr import Call
from voicecore.media.events import DisconnectCause
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

UNREACHABLE = 'Reason: Q.850;cause=27;text="Destination out of order"'


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[SimulatedPlatform, SimulatedCaller, SimulatedCaller]]:
    """The platform, alice on a phone, and bob on a page, who was called by her."""
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        bob, _ = await page_of(platform, "bob")
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        yield platform, alice, bob


def replaces(page: SimulatedCaller) -> list[tuple[str, str]]:
    dialog = page.dialog
    value = f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"
    return [("Replaces", value)]


def music_of(platform: SimulatedPlatform, phone: SimulatedCaller) -> list[str]:
    return [platform.name_of(sound) for sound in phone.playing]


async def test_a_page_that_is_loaded_again_takes_its_call_over_while_the_other_hears_music() -> None:
    async with talking() as (platform, alice, bob):
        old = platform.engine.legs[LegId(2)]
        platform.lose_connection(bob)
        await asyncio.sleep(2)
        assert music_of(platform, alice) == ["music"]
        page, media = await page_of(platform, "bob")
        assert await page.dial("1", headers=replaces(bob)) == 200
        await asyncio.sleep(1)
        media.hear(page.answer)
        assert alice.playing == ()
        assert platform.engine.legs[LegId(2)] is old
        assert old.spec is not None
        assert old.spec.browser is not None
        assert old.spec.browser.fingerprint == media.fingerprint
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (2,)}
        await asyncio.sleep(3 * PATIENCE_S)
        assert not alice.is_over
        page.hang_up()
        await alice.over()
        file = await platform.record()
    assert journal(file, "connection") == [
        "leg 2: connection lost, waiting 10 s",
        "leg 2: back",
        "leg 2: taken over from 192.0.2.8",
    ]
    assert [leg.reason for leg in file.legs] == ["we hung up", "the peer hung up"]


async def test_a_call_with_a_flow_outlives_its_page() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        bob, _ = await page_of(platform, "bob")
        await bob.dial("1000")
        platform.engine.disconnect(LegId(1), DisconnectCause.DTLS_CLOSED)
        platform.lose_connection(bob)
        await asyncio.sleep(1)
        page, _ = await page_of(platform, "bob")
        assert await page.dial("1", headers=replaces(bob)) == 200
        await asyncio.sleep(2 * PATIENCE_S)
        assert list(platform.engine.legs) == [LegId(1)]
        page.hang_up()
        file = await platform.record()
    assert file.call.end is CallEnd.CALLER_HUNG_UP
    assert len(file.legs) == 1


async def test_who_does_not_come_back_is_given_up_and_the_other_is_told_why() -> None:
    async with talking() as (platform, alice, bob):
        platform.lose_connection(bob)
        await asyncio.sleep(PATIENCE_S - 1)
        assert not alice.is_over
        await alice.over(within=2)
        byes = [text for text, hop in platform.wire.requests("BYE") if hop.remote == alice.address]
        assert UNREACHABLE in byes[0]
        file = await platform.record()
    assert [leg.reason for leg in file.legs][1] == "the connection broke and nobody came back"


async def test_a_caller_who_does_not_come_back_ends_the_call_with_that_cause() -> None:
    async with simulated_platform({}, site=site()) as platform:
        (alice, _), bob = await page_of(platform, "alice"), await phone_of(platform, "bob")
        await alice.dial("1002")
        await asyncio.sleep(1)
        platform.lose_connection(alice)
        await bob.over(within=PATIENCE_S + 1)
        byes = [text for text, hop in platform.wire.requests("BYE") if hop.remote == bob.address]
        assert UNREACHABLE in byes[0]
        file = await platform.record()
    assert file.call.end is CallEnd.CONNECTION_LOST


async def test_a_dialog_follows_its_page_to_another_connection_when_that_registers_again() -> None:
    async with talking() as (platform, alice, bob):
        platform.lose_connection(bob)
        bob.reconnect("203.0.113.77")
        await asyncio.sleep(3)
        assert await bob.register() == 200
        assert alice.playing == ()
        await asyncio.sleep(3 * PATIENCE_S)
        alice.hang_up()
        await bob.over()
        byes = [hop.remote.host for _, hop in platform.wire.requests("BYE")]
    assert byes == ["203.0.113.77"]


async def test_the_dialog_of_a_page_with_a_short_lived_account_follows_it_too() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        given = platform.exchange.guest_phones.issue("page", 3600)
        page, _ = platform.browser("192.0.2.8")
        assert await page.register(given.account, given.password) == 200
        assert await page.dial("1000") == 200
        platform.lose_connection(page)
        page.reconnect("203.0.113.77")
        assert await page.register() == 200
        await asyncio.sleep(3 * PATIENCE_S)
        assert not page.is_over
        page.hang_up()
        file = await platform.record()
    assert file.call.end is CallEnd.CALLER_HUNG_UP


async def test_another_page_of_the_account_that_registers_is_not_taken_for_the_lost_one() -> None:
    async with talking() as (platform, alice, bob):
        platform.lose_connection(bob)
        await page_of(platform, "bob", "192.0.2.9")
        await asyncio.sleep(1)
        assert music_of(platform, alice) == ["music"]
        await alice.over(within=PATIENCE_S + 1)


async def test_a_second_page_takes_the_call_of_the_first_which_is_told_so() -> None:
    async with talking() as (platform, alice, bob):
        page, _ = await page_of(platform, "bob", "192.0.2.9")
        assert await page.dial("1", headers=replaces(bob)) == 200
        await bob.over(within=1)
        byes = [text for text, hop in platform.wire.requests("BYE") if hop.remote == bob.address]
        assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in byes[0]
        assert not alice.is_over
        alice.hang_up()
        await page.over()


async def test_nobody_takes_the_call_of_another_account_over() -> None:
    async with talking() as (platform, alice, bob):
        platform.lose_connection(bob)
        thief, _ = await page_of(platform, "carol")
        assert await thief.dial("1", headers=replaces(bob)) == 481
        await asyncio.sleep(1)
        assert music_of(platform, alice) == ["music"]


async def test_a_takeover_that_cannot_be_is_refused_and_the_leg_waits_on() -> None:
    async with talking() as (platform, alice, bob):
        platform.lose_connection(bob)
        page, media = await page_of(platform, "bob")
        broken = media().replace(b"a=rtcp-mux\r\n", b"")
        assert await page.dial("1", broken, headers=replaces(bob)) == 488
        assert await page.dial("1", headers=replaces(bob)) == 200
        await asyncio.sleep(1)
        assert alice.playing == ()
        alice.hang_up()
        await page.over()


async def test_a_page_that_goes_before_it_was_answered_takes_its_call_with_it() -> None:
    async def slow(call: Call) -> None:
        await asyncio.sleep(5)
        await call.answer()

    async with simulated_platform({"1000": slow}, site=site()) as platform:
        page, _ = await page_of(platform, "bob")
        page.start_dialling("1000")
        await asyncio.sleep(1)
        platform.lose_connection(page)
        file = await platform.record()
    assert file.call.end is CallEnd.REJECTED
    assert file.legs[0].reason == "Connection lost"


async def test_a_page_that_hangs_up_while_its_media_is_lost_leaves_no_music() -> None:
    async with talking() as (platform, alice, bob):
        platform.engine.disconnect(LegId(2))
        await asyncio.sleep(1)
        assert music_of(platform, alice) == ["music"]
        bob.hang_up()
        await alice.over(within=1)
        await platform.switchboard.idle()
        assert platform.engine.legs == {}


async def test_a_hang_up_whose_media_closed_first_brings_no_music() -> None:
    async with talking() as (platform, alice, bob):
        platform.engine.disconnect(LegId(2), DisconnectCause.DTLS_CLOSED)
        await asyncio.sleep(0.1)
        leg = alice.leg
        bob.hang_up()
        await alice.over(within=1)
        assert leg.heard == []
