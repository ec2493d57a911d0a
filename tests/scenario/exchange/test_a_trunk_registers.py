"""We register with a carrier, stay registered, and take it back at the end."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.scenario.exchange.office import CARRIER, OUR_NUMBER, SECOND, answering, site, trunk
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_carrier import SimulatedCarrier
from voicecore.testing.simulated_site import SimulatedSite
from voicecore.trunks.trunk import HealthPolicy, Registration, TrunkAccount

REGISTERED = trunk(
    account=TrunkAccount("site"),
    registration=Registration(Uri.parse("sip:4989123450@carrier.example"), expires_s=600),
)


def registering() -> SimulatedSite:
    return site(REGISTERED, passwords={"carrier": "secret"})


def registers(carrier: SimulatedCarrier) -> list[tuple[float, Request]]:
    """Those that were not only asked for the password."""
    return [
        (at, request)
        for at, request in carrier.asked
        if request.method == "REGISTER" and "Authorization" in request.headers.lines()
    ]


def is_bound(platform: SimulatedPlatform) -> bool:
    registration = platform.exchange.trunk_status()[0].registration
    assert registration is not None
    return registration.until is not None


async def test_a_challenged_registration_is_kept_and_taken_back() -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=registering()) as platform:
        carrier = platform.carrier(CARRIER)
        carrier.demand("site", "secret")
        await asyncio.sleep(1)
        assert is_bound(platform)
        first = registers(carrier)[0][1]
        assert str(first.to.uri) == "sip:4989123450@carrier.example"
        assert first.contact is not None
        assert first.contact.uri.host == "192.0.2.1"
        await asyncio.sleep(1800)
        times = [at for at, _ in registers(carrier)]
        assert all(later - earlier < 600 for earlier, later in pairwise(times))
        assert len(times) >= 4
    assert registers(carrier)[-1][1].headers.get("Expires") == "0"


async def test_a_wrong_password_is_not_sent_again_and_again() -> None:
    async with simulated_platform({}, site=registering()) as platform:
        carrier = platform.carrier(CARRIER)
        carrier.demand("site", "another")
        await asyncio.sleep(10)
        assert not is_bound(platform)
        assert len(registers(carrier)) <= 3


async def test_registration_goes_to_the_next_server_where_one_is_silent() -> None:
    async with simulated_platform({}, site=registering()) as platform:
        second = platform.carrier(SECOND)
        await asyncio.sleep(120)
        assert [request.method for _, request in second.asked][:1] == ["REGISTER"]
        assert is_bound(platform)


async def test_the_end_does_not_wait_long_for_a_silent_registrar() -> None:
    loop = asyncio.get_running_loop()
    async with simulated_platform({}, site=registering()) as platform:
        carrier = platform.carrier(CARRIER)
        await asyncio.sleep(1)
        assert is_bound(platform)
        carrier.statuses["REGISTER"] = 0
        leaving = loop.time()
    assert loop.time() - leaving < 5


async def test_options_go_to_every_server_at_its_pace() -> None:
    asked = trunk(health=HealthPolicy(interval_s=30))
    async with simulated_platform({}, site=site(asked)) as platform:
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        await asyncio.sleep(301)
        for carrier in (first, second):
            assert 9 <= carrier.methods().count("OPTIONS") <= 12
