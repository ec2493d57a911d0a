"""A phone with short-lived credentials: this site's numbers and phones, nothing beyond, and nothing afterwards."""

from __future__ import annotations

import asyncio

from tests.scenario.exchange.office import (
    CARRIER,
    FRAUD,
    NUMBER,
    answering,
    connecting,
    flows_allowed,
    phone_of,
    site,
    targets,
)
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

TTL_S = 600.0
EVERYBODY_CALLS_OUT = FraudSettings(accounts=Allowance(Destinations(allow=(".", "+."))), flows=FRAUD.flows)


async def guest_of(platform: SimulatedPlatform, owner: str = "page") -> tuple[SimulatedCaller, str]:
    """A registered phone with credentials of its own, and its account."""
    given = platform.exchange.guest_phones.issue(owner, TTL_S)
    phone = platform.phone("192.0.2.77")
    assert await phone.register(given.account, given.password) == 200
    return phone, given.account


async def test_a_guest_calls_a_number_and_is_known_by_its_account() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        phone, account = await guest_of(platform)
        assert await phone.dial("1000") == 200
        phone.hang_up()
        file = await platform.record()
    assert file.call.caller == f"sip:{account}@192.0.2.1"


async def test_a_guest_calls_phones_and_is_called() -> None:
    async with simulated_platform({}, site=site()) as platform:
        phone, account = await guest_of(platform)
        alice = await phone_of(platform, "alice")
        assert await phone.dial("1001") == 200
        assert str(alice.invites[0].request.from_.uri) == f"sip:{account}@192.0.2.1"
        phone.hang_up()
        await alice.over()
        assert await alice.dial(account) == 200
        alice.hang_up()


async def test_a_guest_calls_nothing_beyond_the_site_whatever_accounts_may() -> None:
    async with simulated_platform({}, site=site(fraud=EVERYBODY_CALLS_OUT)) as platform:
        platform.carrier(CARRIER)
        phone, _ = await guest_of(platform)
        for dialled in (NUMBER, "030123456", "112", f"{NUMBER};trunk=carrier"):
            assert await phone.dial(dialled) == 404
        assert targets(platform) == []


async def test_a_guest_transfers_nobody_beyond_the_site() -> None:
    async with simulated_platform({}, site=site(fraud=EVERYBODY_CALLS_OUT)) as platform:
        platform.carrier(CARRIER)
        phone, _ = await guest_of(platform)
        await phone_of(platform, "alice")
        await phone.dial("1001")
        assert await phone.refer(f"<sip:{NUMBER}@192.0.2.1>") == 404
        phone.hang_up()


async def test_a_called_guest_transfers_nobody_beyond_the_site() -> None:
    async with simulated_platform({}, site=site(fraud=EVERYBODY_CALLS_OUT)) as platform:
        platform.carrier(CARRIER)
        phone, account = await guest_of(platform)
        alice = await phone_of(platform, "alice")
        assert await alice.dial(account) == 200
        assert await phone.refer(f"<sip:{NUMBER}@192.0.2.1>") == 404
        alice.hang_up()


async def test_what_a_flow_dials_for_a_guest_the_flow_pays() -> None:
    flows = {"1000": connecting(f"tel:{NUMBER}")}
    async with simulated_platform(flows, site=site(fraud=flows_allowed("+49."))) as platform:
        carrier = platform.carrier(CARRIER)
        phone, _ = await guest_of(platform)
        assert await phone.dial("1000") == 200
        await asyncio.sleep(1)
        assert len(carrier.line.invites) == 1
        phone.hang_up()
        await carrier.line.over()


async def test_a_guest_watches_nobody() -> None:
    async with simulated_platform({}, site=site()) as platform:
        phone, _ = await guest_of(platform)
        alice = await phone_of(platform, "alice")
        fields = [("Event", "dialog"), ("Expires", "600")]
        for watcher, status in ((phone, 403), (alice, 200)):
            asked = watcher.ask(
                "SUBSCRIBE", "sip:bob@192.0.2.1", contact=f"<sip:{watcher.address}>", headers=fields
            )
            assert await asked == status


async def test_credentials_end_with_their_time_and_a_call_goes_on() -> None:
    async with simulated_platform({"1000": answering}, site=site()) as platform:
        phone, account = await guest_of(platform)
        assert await phone.dial("1000") == 200
        await asyncio.sleep(TTL_S + 1)
        assert not phone.is_over
        assert platform.exchange.registrations() == 0
        alice = await phone_of(platform, "alice")
        assert await alice.dial(account) == 404
        assert await platform.phone("192.0.2.77").register(account, "guess") == 401
        phone.hang_up()


async def test_new_credentials_for_the_same_account_keep_it_registered() -> None:
    async with simulated_platform({}, site=site()) as platform:
        _, account = await guest_of(platform)
        await asyncio.sleep(TTL_S - 10)
        again = platform.exchange.guest_phones.issue("page", TTL_S, account)
        assert again.account == account
        await asyncio.sleep(60)
        assert platform.exchange.registrations() == 1
        other = platform.exchange.guest_phones.issue("somebody else", TTL_S, account)
        assert other.account != account


async def test_who_logs_out_takes_the_phones_along() -> None:
    async with simulated_platform({}, site=site()) as platform:
        await guest_of(platform)
        await guest_of(platform, "another page")
        platform.exchange.guest_phones.withdraw("page")
        assert platform.exchange.registrations() == 1
        assert len(platform.exchange.guest_phones) == 1
