"""REFER leads where its sender may call: a phone to phones and out, a carrier to no trunk, a stranger nowhere."""

from __future__ import annotations

import asyncio

from tests.scenario.exchange.office import (
    CARRIER,
    FOREIGNER,
    FRAUD,
    NUMBER,
    OUR_NUMBER,
    answering,
    connecting,
    flows_allowed,
    phone_of,
    site,
    targets,
)
from voicecore.guard.settings import GuardSettings
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_call import simulated_platform


async def test_a_phone_transfers_its_caller_to_another_phone() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        await alice.dial("1002")
        assert await bob.refer("<sip:1003@192.0.2.1>") == 202
        await asyncio.sleep(1)
        assert bob.told[-1] == "SIP/2.0 200 OK"
        assert len(carol.invites) == 1
        await bob.over()
        carol.hang_up()
        await alice.over()


async def test_a_phone_transfers_whom_it_called_out_by_trunk_at_its_own_cost() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        carrier = platform.carrier(CARRIER)
        await alice.dial("1002")
        assert await alice.refer(f"<sip:{NUMBER}@192.0.2.1>") == 202
        await asyncio.sleep(1)
        assert str(carrier.line.invites[0].request.from_.uri.user) == "+4989123451"
        bob.hang_up()
        await carrier.line.over()


async def test_a_phone_transfers_nobody_where_it_may_not_call() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        platform.carrier(CARRIER)
        await alice.dial("1002")
        assert await bob.refer(f"<sip:{NUMBER}@192.0.2.1>") == 404
        assert await alice.refer("<sip:+4366412345678@192.0.2.1>") == 404
        assert targets(platform) == [str(bob.address)]
        alice.hang_up()


async def test_a_carrier_that_called_in_transfers_to_no_trunk() -> None:
    flows = {OUR_NUMBER: connecting("phone:bob")}
    async with simulated_platform(flows, site=site(fraud=flows_allowed("."))) as platform:
        bob, carrier = await phone_of(platform, "bob"), platform.carrier(CARRIER)
        assert await carrier.line.dial(OUR_NUMBER) == 200
        await asyncio.sleep(1)
        for target in (NUMBER, f"{NUMBER};trunk=carrier", "112"):
            assert await carrier.line.refer(f"<sip:{target}@192.0.2.1>") == 404
        assert targets(platform) == [str(bob.address)]
        carrier.line.hang_up()


async def test_a_carrier_that_was_called_transfers_to_no_trunk() -> None:
    async with simulated_platform({}, site=site(fraud=flows_allowed("."))) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        assert await alice.dial(NUMBER) == 200
        await asyncio.sleep(1)
        assert await carrier.line.refer("<sip:+4930999999@192.0.2.1>") == 404
        assert len(carrier.line.invites) == 1
        alice.hang_up()


async def test_a_carrier_transfers_to_a_phone() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, carol = await phone_of(platform, "alice"), await phone_of(platform, "carol")
        carrier = platform.carrier(CARRIER)
        assert await alice.dial(NUMBER) == 200
        assert await carrier.line.refer("<sip:1003@192.0.2.1>") == 202
        await asyncio.sleep(1)
        assert len(carol.invites) == 1
        alice.hang_up()


async def test_a_stranger_on_a_public_number_transfers_nobody() -> None:
    flows = {"2000": connecting("phone:bob"), "1000": answering}
    office = site(fraud=FRAUD, guard=GuardSettings(public=("1000", "2000")))
    async with simulated_platform(flows, site=office) as platform:
        bob, stranger = await phone_of(platform, "bob"), platform.phone(FOREIGNER)
        assert await stranger.dial("2000") == 200
        await asyncio.sleep(1)
        for target in (NUMBER, "1003", "1000"):
            assert await stranger.refer(f"<sip:{target}@192.0.2.1>") == 403
        assert await bob.refer("<sip:1000@192.0.2.1>") == 202  # the phone that was called may
        await stranger.hears("main_menu")
        stranger.hang_up()


async def test_a_stranger_is_shown_to_a_phone_as_from_where_it_says_and_never_as_one_of_ours() -> None:
    office = site(guard=GuardSettings(public=("2000",)))
    async with simulated_platform({"2000": connecting("phone:bob")}, site=office) as platform:
        bob, stranger = await phone_of(platform, "bob"), platform.phone(FOREIGNER)
        for claimed, shown in (
            ("203.0.113.66", "sip:alice@203.0.113.66"),
            ("192.0.2.1", "sip:anonymous@anonymous.invalid"),
        ):
            stranger.shown = NameAddr("", Uri("sip", "alice", host=claimed))
            assert await stranger.dial("2000") == 200
            await asyncio.sleep(1)
            assert str(bob.invites[-1].request.from_.uri) == shown
            stranger.hang_up()
            await asyncio.sleep(1)


async def test_nobody_takes_over_the_call_of_another_account() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        await alice.dial("1002")
        line = bob.dialog
        replaces = f"{line.call_id};to-tag={line.remote_tag};from-tag={line.local_tag}"
        assert await carol.dial("1002", headers=[("Replaces", replaces)]) == 481
        second = await phone_of(platform, "bob")
        assert await second.dial("1002", headers=[("Replaces", replaces)]) == 200
        await bob.over()
        second.hang_up()
        await alice.over()
