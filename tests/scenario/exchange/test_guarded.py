"""The guard at work before the calls: bans, scanners, overload, this machine itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.scenario.exchange.office import CARRIER, FOREIGNER, NUMBER, answering, phone_of, site, targets
from tests.scenario.exchange.stranger import Stranger, status
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.guard.settings import GuardSettings, OverloadSettings, PolicySettings, Rate, RateSettings
from voicecore.sip.hop import Address
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_site import RULES, SimulatedSite

SERVER = "sip:192.0.2.1"
ALICE = "<sip:alice@192.0.2.1>"


async def guess(stranger: Stranger, times: int) -> None:
    for _ in range(times):
        challenged = await stranger.ask("REGISTER", SERVER, to=ALICE)
        if status(challenged) != 401:
            return
        line = stranger.credentials(challenged, "REGISTER", SERVER, "alice", "guess")
        await stranger.ask("REGISTER", SERVER, line, to=ALICE)


def bans(platform: SimulatedPlatform) -> int:
    return platform.exchange.bans()


async def test_who_guesses_passwords_is_banned_for_a_minute_then_for_longer() -> None:
    async with simulated_platform({}, site=site()) as platform:
        stranger = Stranger(platform, Address(FOREIGNER, 5060))
        await guess(stranger, 10)
        assert bans(platform) == 1
        assert await stranger.ask("REGISTER", SERVER, to=ALICE) == ""
        await asyncio.sleep(60)
        assert bans(platform) == 0
        assert status(await stranger.ask("REGISTER", SERVER, to=ALICE)) == 401
        await guess(stranger, 10)
        await asyncio.sleep(61)
        assert bans(platform) == 1


async def test_a_forged_source_shuts_no_phone_out() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        alice, victim = await phone_of(platform, "alice"), Stranger(platform, Address("198.51.100.99", 5060))
        forger = Stranger(platform, Address(FOREIGNER, 5060))
        challenged = await forger.ask("REGISTER", SERVER, to=ALICE)
        line = forger.credentials(challenged, "REGISTER", SERVER, "alice", "guess")
        for source in (alice.address, victim.address):
            for _ in range(20):
                await forger.send(forger.text("REGISTER", SERVER, line, to=ALICE), source)
        assert await alice.dial("1000") == 200
        alice.hang_up()


async def test_who_tries_numbers_without_a_password_is_banned_and_a_phone_that_shows_it_later_is_not() -> (
    None
):
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        dialler, alice = Stranger(platform, Address(FOREIGNER, 5060)), platform.phone("192.0.2.9")
        alice.log_in("alice", "alice")
        for number in range(60):
            await dialler.ask("INVITE", f"sip:00{number}9725550100@192.0.2.1")
        assert bans(platform) == 1
        platform.carrier(CARRIER)
        for _ in range(20):  # it never registers: each call begins with an INVITE that proves nothing
            assert await alice.dial(NUMBER) == 200
            alice.hang_up()


async def test_a_scanner_gets_no_answer_and_its_ban() -> None:
    async with simulated_platform({}, site=site()) as platform:
        scanner = platform.phone(FOREIGNER, "TCP")
        heard = Stranger(platform, scanner.address)
        hop = scanner.hop
        platform.wire.send(heard.text("OPTIONS", SERVER, "User-Agent: friendly-scanner").encode(), hop)
        await asyncio.sleep(1)
        assert (heard.heard, bans(platform)) == ([], 1)


async def test_nonsense_of_strangers_gets_no_answer() -> None:
    async with simulated_platform({}, site=site()) as platform:
        stranger = Stranger(platform, Address(FOREIGNER, 5060))
        for nonsense in ("nonsense\r\n\r\n", "INVITE sip:x SIP/2.0\r\nVia: x\r\n\r\n", "\0" * 500):
            assert await stranger.send(nonsense) == []


async def test_a_phone_is_told_what_was_wrong_with_its_request() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        there = Stranger(platform, alice.address)
        heard = await there.send(there.text("INVITE", SERVER).replace("CSeq: 1 INVITE", "CSeq: x"))
        assert [status(text) for text in heard] == [400]


async def test_calls_beyond_what_the_machine_bears_meet_503_while_running_ones_go_on() -> None:
    office = site(guard=GuardSettings(overload=OverloadSettings(calls=1)))
    async with simulated_platform({"1000": answering}, site=office) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await alice.dial("1000") == 200
        assert await bob.dial("1000") == 503
        assert int(bob.responses[-1].headers.get("Retry-After")) >= 5
        await alice.hears("main_menu")
        alice.hang_up()
        await asyncio.sleep(1)
        assert await bob.dial("1000") == 503  # until it was calm for a while
        await asyncio.sleep(5)
        assert await bob.dial("1000") == 200
        bob.hang_up()


async def test_too_many_requests_of_a_stranger_get_no_answer_and_leave_room_for_phones() -> None:
    slow = replace(RateSettings(), by_method=(("INVITE", Rate(1.0, 3.0)),))
    async with simulated_platform(
        {"1000": answering}, site=site(guard=GuardSettings(rates=slow))
    ) as platform:
        stranger = Stranger(platform, Address(FOREIGNER, 5060))
        text = [stranger.text("INVITE", f"sip:{NUMBER}@192.0.2.1") for _ in range(10)]
        await asyncio.gather(*(stranger.send(one) for one in text))
        assert len(stranger.heard) == 3
        alice = await phone_of(platform, "alice")
        assert await alice.dial("1000") == 200
        alice.hang_up()


async def test_this_machine_calls_the_table_and_needs_an_account_for_more() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        near = platform.phone("127.0.0.1")
        assert await near.dial("1000") == 200
        near.hang_up()
        await asyncio.sleep(1)
        assert await near.dial("1002") == 401
        assert await near.dial(NUMBER) == 401
        near.log_in("alice", "alice")
        platform.carrier(CARRIER)
        assert await near.dial(NUMBER) == 200
        near.hang_up()


async def test_this_machine_is_a_stranger_where_the_settings_say_so() -> None:
    office = site(guard=GuardSettings(policy=PolicySettings(loopback_calls=False)))
    async with simulated_platform({"1000": answering}, site=office) as platform:
        assert await platform.phone("127.0.0.1").dial("1000") == 401


async def test_without_a_word_of_configuration_only_this_machine_calls() -> None:
    async with simulated_platform(
        {"1000": answering}, site=SimulatedSite(ExchangeSettings(RULES))
    ) as platform:
        near, far = platform.phone("127.0.0.1"), platform.phone(FOREIGNER)
        assert await near.dial("1000") == 200
        assert await far.dial("1000") == 401
        assert await near.dial("1001") == 404
        near.hang_up()
        assert targets(platform) == []


async def test_a_public_number_is_everybodys() -> None:
    async with simulated_platform(
        {"1000": answering}, site=site(guard=GuardSettings(public=("1000",)))
    ) as platform:
        stranger = platform.phone(FOREIGNER)
        assert await stranger.dial("1000") == 200
        stranger.hang_up()
