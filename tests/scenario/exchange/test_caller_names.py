"""The caller's name: who learns it, and whose word on it counts (RFC 3261, 20.10; RFC 3323; RFC 3325)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.scenario.exchange.office import (
    ACCOUNTS,
    CARRIER,
    FOREIGNER,
    NUMBER,
    OUR_NUMBER,
    connecting,
    outgoing,
    phone_of,
    site,
    trunk,
)
from voicecore.guard.settings import GuardSettings
from voicecore.ivr import Call
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import SimulatedSite
from voicecore.trunks.trunk import IdentityHeader


def named(phone: SimulatedCaller, name: str, user: str = "alice", host: str = "192.0.2.1") -> None:
    phone.shown = NameAddr(name, Uri("sip", user, host=host))


def renamed(name: str) -> SimulatedSite:
    """Alice's account has a name of its own."""
    office = site()
    accounts = (replace(ACCOUNTS[0], caller_name=name), *ACCOUNTS[1:])
    office.settings = replace(office.settings, accounts=accounts)
    return office


def shown_to(phone: SimulatedCaller) -> str:
    return str(phone.invites[-1].request.from_.without_parameters("tag"))


@pytest.mark.parametrize(
    ("setting", "said", "shown"),
    [
        ("", "Alice Adams", '"Alice Adams" <sip:1001@192.0.2.1>'),
        ("", "", "<sip:1001@192.0.2.1>"),
        ("Adams, Sales", "The President", '"Adams, Sales" <sip:1001@192.0.2.1>'),
        ("", 'J\u00fcrgen "<&> \\', '"J\u00fcrgen \\"<&> \\\\" <sip:1001@192.0.2.1>'),
        ("", "x" * 500, f'"{"x" * 80}" <sip:1001@192.0.2.1>'),
    ],
)
async def test_a_phone_sees_the_name_of_a_colleague(setting: str, said: str, shown: str) -> None:
    async with simulated_platform({}, site=renamed(setting)) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        named(alice, said)
        await alice.dial("1002")
        assert shown_to(bob) == shown
        alice.hang_up()


async def test_a_hidden_caller_has_no_name() -> None:
    async with simulated_platform({}, site=renamed("Alice")) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        named(alice, "Alice Adams")
        await alice.dial("1002", headers=[("Privacy", "id")])
        assert shown_to(bob) == '"Anonymous" <sip:anonymous@anonymous.invalid>'
        alice.hang_up()


@pytest.mark.parametrize(
    ("trusted", "shown"),
    [(False, '"Eve" <sip:+4930777@192.0.2.1>'), (True, '"Bob" <sip:+4930778@192.0.2.1>')],
)
async def test_a_carriers_word_on_a_name_counts_as_on_the_number(trusted: bool, shown: str) -> None:
    office = site(trunk(outgoing=outgoing(trusted=trusted)))
    async with simulated_platform({OUR_NUMBER: connecting("phone:bob")}, site=office) as platform:
        bob, carrier = await phone_of(platform, "bob"), platform.carrier(CARRIER)
        named(carrier.line, "Eve", "+4930777", "carrier.example")
        asserted = ("P-Asserted-Identity", '"Bob" <sip:+4930778@carrier.example>')
        await carrier.line.dial(OUR_NUMBER, headers=[asserted])
        await asyncio.sleep(1)
        assert shown_to(bob) == shown
        carrier.line.hang_up()


async def test_a_stranger_gives_itself_no_name() -> None:
    office = site(guard=GuardSettings(public=("2000",)))
    async with simulated_platform({"2000": connecting("phone:bob")}, site=office) as platform:
        bob, stranger = await phone_of(platform, "bob"), platform.phone(FOREIGNER)
        named(stranger, "Alice Adams", "alice", FOREIGNER)
        await stranger.dial("2000")
        await asyncio.sleep(1)
        assert shown_to(bob) == f"<sip:alice@{FOREIGNER}>"
        stranger.hang_up()


@pytest.mark.parametrize(
    ("header", "told"), [(IdentityHeader.FROM, None), (IdentityHeader.ASSERTED, "P-Asserted-Identity")]
)
async def test_a_carrier_learns_a_name_only_where_its_rules_say_so(
    header: IdentityHeader, told: str | None
) -> None:
    for names in (False, True):
        office = site(trunk(outgoing=outgoing(header, names=names)))
        async with simulated_platform({}, site=office) as platform:
            alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
            named(alice, "Alice Adams")
            await alice.dial(NUMBER)
            invite = carrier.line.invites[0].request
            shown = '"Alice Adams" ' if names else ""
            assert shown_to(carrier.line) == f"{shown}<sip:+4989123451@carrier.example>"
            if told is not None:
                assert invite.headers.get(told) == f"{shown}<sip:+4989123451@carrier.example>"
            alice.hang_up()


async def test_a_number_that_is_not_shown_has_no_name_either() -> None:
    office = site(trunk(outgoing=outgoing(allowed=("+4940.",), names=True)))
    async with simulated_platform({}, site=office) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        named(alice, "Alice Adams")
        await alice.dial(NUMBER)
        assert shown_to(carrier.line) == f"<sip:{OUR_NUMBER}@carrier.example>"
        alice.hang_up()


async def test_who_transfers_lends_its_number_and_no_name_of_another() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        named(alice, "Alice Adams")
        await alice.dial("1002")
        assert await bob.refer("<sip:1003@192.0.2.1>") == 202
        await asyncio.sleep(1)
        assert shown_to(carol) == "<sip:1002@192.0.2.1>"
        alice.hang_up()


async def test_a_flow_knows_the_name_of_its_caller() -> None:
    heard: list[str] = []

    async def flow(call: Call) -> None:
        heard.append(call.caller_name)

    async def dial(platform: SimulatedPlatform) -> None:
        alice = await phone_of(platform, "alice")
        named(alice, "Alice Adams")
        await alice.dial("1000")

    async with simulated_platform({"1000": flow}, site=site()) as platform:
        await dial(platform)
    assert heard == ["Alice Adams"]
