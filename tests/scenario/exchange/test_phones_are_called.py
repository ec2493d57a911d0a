"""A phone registers and is called: where it is, in the order that it wishes, and not once it is gone."""

from __future__ import annotations

import asyncio

from tests.scenario.exchange.office import answering, connecting, phone_of, site, targets
from voicecore.sip.hop import Address
from voicecore.testing.memory_store import MemoryBindings
from voicecore.testing.simulated_call import simulated_platform


async def test_a_phone_calls_a_number_of_the_table() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        assert await alice.dial("1000") == 200
        await alice.hears("main_menu")
        alice.hang_up()
        file = await platform.record()
    assert file.call.caller == "sip:alice@192.0.2.1"


async def test_a_phone_calls_a_phone_by_number() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (2,)}
        assert str(bob.invites[0].request.from_.uri) == "sip:1001@192.0.2.1"
        bob.hang_up()
        await alice.over()


async def test_a_phone_calls_a_phone_by_name() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await alice.dial("bob") == 200
        assert len(bob.invites) == 1
        alice.hang_up()


async def test_a_phone_is_told_which_of_its_numbers_was_dialled() -> None:
    """The Request-URI is its own contact; a telephone exchange that registered has nothing but To to go by."""
    flow = connecting("phone:bob")
    async with simulated_platform({"1000": flow}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        for dialled in ("1002", "bob", "1000"):
            assert await alice.dial(dialled) == 200
            await asyncio.sleep(1)
            alice.hang_up()
            await platform.switchboard.idle()
        told = [str(invite.request.to.uri) for invite in bob.invites]
        assert all(str(invite.request.uri) == f"sip:bob@{bob.address}" for invite in bob.invites)
    assert told == ["sip:1002@192.0.2.1", "sip:bob@192.0.2.1", "sip:bob@192.0.2.1"]


async def test_a_caller_who_wants_to_stay_unknown_is_not_shown_to_a_phone() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        await alice.dial("1002", headers=[("Privacy", "id")])
        assert bob.invites[0].request.from_.uri.host == "anonymous.invalid"
        alice.hang_up()


async def test_a_busy_phone_is_told_as_busy() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bob.answers_with = 486
        assert await alice.dial("1002") == 486


async def test_a_phone_that_nobody_answers_ends_with_480() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bob.answers_with = 0
        assert await alice.dial("1002") == 480
        assert bob.status == 487


async def test_two_phones_of_one_account_ring_together_and_the_slower_stops() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        slow, quick = await phone_of(platform, "bob"), await phone_of(platform, "bob")
        slow.answers_with = 0
        assert await alice.dial("1002") == 200
        await asyncio.sleep(1)
        assert (len(slow.invites), len(quick.invites)) == (1, 1)
        assert slow.status == 487
        alice.hang_up()


async def test_the_phone_that_is_preferred_rings_alone_first() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        desk, mobile = platform.phone(), platform.phone()
        await mobile.register("bob", "bob", q=0.3)
        await desk.register("bob", "bob", q=0.9)
        desk.answers_with = 486
        mobile.answers_with = 200
        assert await alice.dial("1002") == 200
        assert [hop.remote for _, hop in platform.wire.requests("INVITE")] == [desk.address, mobile.address]
        alice.hang_up()


async def test_a_phone_that_declines_for_all_ends_the_search() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        desk, mobile = platform.phone(), platform.phone()
        await mobile.register("bob", "bob", q=0.3)
        await desk.register("bob", "bob", q=0.9)
        desk.answers_with = 603
        assert await alice.dial("1002") == 603
        assert mobile.invites == []


async def test_a_phone_whose_registration_is_over_is_not_called() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), platform.phone()
        await bob.register("bob", "bob", expires=60)
        await asyncio.sleep(61)
        assert await alice.dial("1002") == 480
        assert bob.invites == []
        assert platform.exchange.registrations() == 1


async def test_a_phone_that_unregistered_is_not_called() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await bob.register(expires=0) == 200
        assert await alice.dial("1002") == 480
        assert bob.invites == []


async def test_a_phone_whose_connection_broke_is_not_called() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), platform.phone(transport="WS")
        assert await bob.register("bob", "bob") == 200
        platform.lose_connection(bob)
        assert await alice.dial("1002") == 480
        assert bob.invites == []


async def test_a_wrong_password_registers_nobody() -> None:
    async with simulated_platform({}, site=site()) as platform:
        thief = platform.phone()
        assert await thief.register("bob", "guess") == 401
        assert platform.exchange.registrations() == 0


async def test_a_phone_registers_no_account_but_its_own() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        bob.user = "alice"
        assert await bob.register() == 403
        await alice.dial("1001")
        assert targets(platform) == [str(alice.address)]


async def test_registrations_live_over_a_restart() -> None:
    office, kept = site(), MemoryBindings()
    office.bindings = kept
    async with simulated_platform({}, site=office) as platform:
        await phone_of(platform, "bob")
    async with simulated_platform({}, site=office) as platform:
        assert platform.exchange.registrations() == 1
        platform.phone()  # bob's address was the first of its run
        alice = await phone_of(platform, "alice")
        await alice.dial("1002")
        assert [hop.remote for _, hop in platform.wire.requests("INVITE")] == [Address("192.0.2.7", 7000)]
        alice.hang_up()


async def test_connections_of_registered_phones_are_held_as_long_as_they_are_registered() -> None:
    office = site()
    async with simulated_platform({}, site=office) as platform:
        bob = platform.phone(transport="TCP")
        await bob.register("bob", "bob", expires=300)
        assert office.held == [(bob.hop._replace(local=bob.hop.remote, remote=bob.address), 300.0)]
