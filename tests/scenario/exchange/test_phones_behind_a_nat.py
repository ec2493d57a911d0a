"""The way to a phone behind a NAT is kept open over UDP, as long as the phone is registered, and after a restart."""

from __future__ import annotations

import pytest

from tests.scenario.exchange.office import ACCOUNTS, site
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.sip.hop import Address, Hop
from voicecore.testing.memory_store import MemoryBindings
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import RULES, SimulatedSite
from voicecore.testing.simulated_wire import PLATFORM

INSIDE = "<sip:bob@10.0.0.7:5060>"


async def register(phone: SimulatedCaller, contact: str, *, expires: int = 600) -> None:
    phone.log_in("bob", "bob")
    target, supported = f"sip:{PLATFORM.host}", [("Supported", "outbound")]
    assert (
        await phone.ask("REGISTER", target, contact=f"{contact};expires={expires}", headers=supported) == 200
    )


def way_to(phone: SimulatedCaller) -> Hop:
    return Hop("UDP", PLATFORM, phone.address)


async def test_it_is_pinged_until_it_leaves() -> None:
    office = site()
    async with simulated_platform({}, site=office) as platform:
        phone = platform.phone("203.0.113.9")
        await register(phone, INSIDE)
        assert office.kept_alive == [(way_to(phone), 29.0)]
        await register(phone, "<sip:second@10.0.0.7:5061>")
        await register(phone, INSIDE, expires=0)
        assert office.kept_alive == [(way_to(phone), 29.0)]  # another one is still there
        await register(phone, "<sip:second@10.0.0.7:5061>", expires=0)
        assert office.kept_alive[-1] == (way_to(phone), None)


@pytest.mark.parametrize(
    "contact",
    [
        "<sip:bob@203.0.113.9:5060>",
        '<sip:bob@10.0.0.7:5060>;reg-id=1;+sip.instance="<urn:uuid:1>"',
    ],
)
async def test_who_is_not_behind_one_or_pings_itself_is_left_alone(contact: str) -> None:
    office = site()
    async with simulated_platform({}, site=office) as platform:
        await register(platform.phone("203.0.113.9"), contact)
        assert office.kept_alive == []


async def test_a_connection_needs_no_pings_of_ours() -> None:
    office = site()
    async with simulated_platform({}, site=office) as platform:
        page, _ = platform.browser()
        await register(page, INSIDE)
        assert office.kept_alive == []


async def ask_for_options(phone: SimulatedCaller) -> int:
    return await phone.ask("OPTIONS", f"sip:{PLATFORM.host}")


async def test_after_a_restart_it_is_known_and_pinged_as_before() -> None:
    store = MemoryBindings()
    settings = ExchangeSettings(RULES, accounts=ACCOUNTS)
    async with simulated_platform({}, site=SimulatedSite(settings, bindings=store)) as platform:
        phone = platform.phone("203.0.113.9")
        before = phone.address
        await register(phone, INSIDE)
    again = SimulatedSite(settings, bindings=store)
    async with simulated_platform({}, site=again) as platform:
        assert again.kept_alive == [(Hop("UDP", PLATFORM, before), 29.0)]
        phone = platform.phone("203.0.113.9")
        platform.wire.detach(phone.address)
        phone.address = Address(before.host, before.port)
        phone.hop = phone.hop._replace(local=before)
        platform.wire.attach(before, phone._sip.receive)
        assert await ask_for_options(phone) == 200
        stranger = platform.phone("203.0.113.10")
        assert await ask_for_options(stranger) == 408
