"""A phone with several flows (RFC 5626, 7) is rung by one of them at a time, and by the next where that one failed."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenario.exchange.office import phone_of, site
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_wire import PLATFORM


async def flow(platform: SimulatedPlatform, reg_id: int, instance: str = "urn:uuid:1") -> SimulatedCaller:
    """One flow of bob's phone, from a port of its own."""
    line = platform.phone("192.0.2.8")
    line.log_in("bob", "bob")
    contact = f'<sip:bob@192.0.2.8>;reg-id={reg_id};+sip.instance="<{instance}>"'
    headers = [("Supported", "outbound")]
    assert await line.ask("REGISTER", f"sip:{PLATFORM.host}", contact=contact, headers=headers) == 200
    await asyncio.sleep(1)
    return line


async def test_the_newest_flow_rings_alone() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        first, second = await flow(platform, 1), await flow(platform, 2)
        assert await alice.dial("1002") == 200
        assert (len(first.invites), len(second.invites)) == (0, 1)
        alice.hang_up()


@pytest.mark.parametrize(("status", "both"), [(430, True), (503, True), (486, False), (603, False)])
async def test_the_next_one_is_tried_where_a_flow_failed_and_not_where_the_phone_refused(
    status: int, both: bool
) -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        first, second = await flow(platform, 1), await flow(platform, 2)
        second.rings_with, second.answers_with = 0, status
        assert await alice.dial("1002") == (200 if both else status)
        assert len(first.invites) == both
        alice.hang_up()


async def test_another_phone_of_the_account_rings_beside_it() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        flows = [await flow(platform, 1), await flow(platform, 2)]
        other = await flow(platform, 1, "urn:uuid:2")
        plain = await phone_of(platform, "bob", "192.0.2.9")
        for line in (*flows, other, plain):
            line.answers_with = 486
        assert await alice.dial("1002") == 486
        assert [len(line.invites) for line in (*flows, other, plain)] == [0, 1, 1, 1]
