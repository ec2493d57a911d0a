"""A call that rings at a colleague's phone is taken at another: by the key of a lamp (RFC 3891), or by a code."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.scenario.exchange.office import (
    CARRIER,
    FOREIGNER,
    OUR_NUMBER,
    connecting,
    header,
    journal,
    phone_of,
    site,
)
from voicecore.calls.journal import EventKind
from voicecore.guard.settings import GuardSettings
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import SimulatedSite

SPACE = "{urn:ietf:params:xml:ns:dialog-info}"


def office(*, guard: GuardSettings | None = None, **pickup: tuple[str, ...]) -> SimulatedSite:
    """Carol may pick up Bob's calls, unless it says otherwise."""
    made = site(guard=guard)
    made.settings = replace(made.settings, pickup=pickup or {"carol": ("bob",)})
    return made


async def lamp(platform: SimulatedPlatform, phone: SimulatedCaller, of: str) -> ElementTree.Element | None:
    """What a phone's lamp shows of the first call of an account."""
    before = len(platform.wire.requests("NOTIFY"))
    status = await phone.ask(
        "SUBSCRIBE",
        f"sip:{of}@192.0.2.1",
        contact=f"<sip:{phone.user}@{phone.address}>",
        headers=[("Event", "dialog"), ("Expires", "600")],
    )
    assert status == 200
    text, _ = platform.wire.requests("NOTIFY")[before]
    return ElementTree.fromstring(text.partition("\r\n\r\n")[2]).find(f"{SPACE}dialog")


def key_of(dialog: ElementTree.Element | None, *, swapped: bool = False, early: str = ";early-only") -> str:
    """The Replaces that a phone makes of it."""
    assert dialog is not None
    tags = [dialog.get("local-tag"), dialog.get("remote-tag")][:: -1 if swapped else 1]
    return f"{dialog.get('call-id')};to-tag={tags[0]};from-tag={tags[1]}{early}"


async def ringing(
    platform: SimulatedPlatform,
) -> tuple[SimulatedCaller, SimulatedCaller, SimulatedCaller]:
    """Alice calls Bob, whose phone rings; Carol is there."""
    alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
    bob.answers_with = 0
    alice.start_dialling("1002")
    await asyncio.sleep(1)
    assert alice.status is None
    return alice, bob, carol


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("early", ["", ";early-only"])
async def test_a_lamp_picks_up_what_rings(swapped: bool, early: str) -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob, carol = await ringing(platform)
        dialog = await lamp(platform, carol, "bob")
        replaces = key_of(dialog, swapped=swapped, early=early)
        assert await carol.dial("1002", headers=[("Replaces", replaces)]) == 200
        await alice.settled()
        assert alice.status == 200
        await bob.over()
        assert bob.status == 487
        (cancel, _) = platform.wire.requests("CANCEL")[0]
        assert header(cancel, "Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
        await asyncio.sleep(1)
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (3,)}
        carol.hang_up()
        await alice.over()
        file = await platform.record()
    assert journal(file, EventKind.TRANSFER.value) == ["leg 3 picks up leg 2"]
    assert [leg.status for leg in file.legs] == [200, 487, 200]


@pytest.mark.parametrize("code", ["**1002", "**bob", "*8"])
async def test_a_code_picks_up_what_rings(code: str) -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob, carol = await ringing(platform)
        assert await carol.dial(code) == 200
        await alice.settled()
        await bob.over()
        alice.hang_up()
        await carol.over()


async def test_a_call_of_a_carrier_is_picked_up_from_the_flow_that_dials() -> None:
    flows = {OUR_NUMBER: connecting("phone:bob")}
    async with simulated_platform(flows, site=office()) as platform:
        bob, carol = await phone_of(platform, "bob"), await phone_of(platform, "carol")
        bob.answers_with = 0
        carrier = platform.carrier(CARRIER)
        await carrier.line.dial(OUR_NUMBER)
        await asyncio.sleep(1)
        assert await carol.dial("**1002") == 200
        await asyncio.sleep(1)
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (3,)}
        carrier.line.hang_up()
        await carol.over()


async def test_ones_own_call_is_picked_up_at_another_phone() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, _, _ = await ringing(platform)
        mobile = await phone_of(platform, "bob")
        assert await mobile.dial("**1002") == 200
        await alice.settled()
        alice.hang_up()
        await mobile.over()


async def test_who_may_not_pick_up_learns_no_key_and_finds_nothing() -> None:
    async with simulated_platform({}, site=office(alice=("*",))) as platform:
        alice, bob, carol = await ringing(platform)
        dialog = await lamp(platform, carol, "bob")
        assert dialog is not None
        assert dialog.get("call-id") is None
        for code in ("**1002", "*8", "**1003", "**9"):
            assert await carol.dial(code) == 404
        assert bob.status is None
        alice.give_up()
        await bob.over()


async def test_a_key_is_no_right() -> None:
    """Who has it and may not, guesses, or proves nothing, gets what everybody gets."""
    guard = GuardSettings(public=("1000",))
    async with simulated_platform({}, site=office(guard=guard)) as platform:
        alice, bob, carol = await ringing(platform)
        replaces = key_of(await lamp(platform, carol, "bob"))
        call_id, _, rest = replaces.partition(";")
        assert await carol.dial("1002", headers=[("Replaces", f"{call_id}x;{rest}")]) == 481
        assert await carol.dial("1002", headers=[("Replaces", f"{call_id};to-tag=a;from-tag=b")]) == 481
        dave = await phone_of(platform, "alice")
        assert await dave.dial("1002", headers=[("Replaces", replaces)]) == 481
        stranger = platform.phone(FOREIGNER)
        assert await stranger.dial("1000", headers=[("Replaces", replaces)]) == 481
        assert bob.status is None
        alice.give_up()
        await bob.over()


async def test_what_was_answered_or_given_up_is_picked_up_no_more() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob, carol = await ringing(platform)
        replaces = key_of(await lamp(platform, carol, "bob"))
        alice.give_up()
        await bob.over()
        await platform.switchboard.idle()
        assert await carol.dial("1002", headers=[("Replaces", replaces)]) == 481
        bob.answers_with = 200
        assert await alice.dial("1002") == 200
        assert await carol.dial("**1002") == 404
        dialog = await lamp(platform, carol, "bob")
        assert dialog is not None
        assert dialog.get("call-id") is None
        alice.hang_up()


async def test_a_phone_whose_offer_cannot_be_takes_nothing_away() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob, carol = await ringing(platform)
        assert await carol.dial("**1002", b"v=0\r\nnonsense") in (400, 488)
        assert bob.status is None
        alice.give_up()
        await bob.over()


async def test_the_call_that_rings_longest_is_picked_up_first() -> None:
    async with simulated_platform({}, site=office(carol=("*",))) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        alice.answers_with = bob.answers_with = 0
        first, second = platform.carrier(CARRIER), platform.carrier("198.51.100.11")
        first.line.start_dialling("1002")
        await asyncio.sleep(1)
        second.line.start_dialling("1001")
        await asyncio.sleep(1)
        assert await carol.dial("*8") == 200
        await bob.over()
        await first.line.settled()
        assert not alice.is_over
        first.line.hang_up()
        second.line.give_up()
        await carol.over()
