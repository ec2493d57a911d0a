"""A called phone answers 302: the call goes where its account may call, and nowhere else."""

from __future__ import annotations

import pytest

from tests.scenario.exchange.office import CARRIER, FOREIGNER, NUMBER, connecting, phone_of, site
from voicecore.calls.diversion import MAX_DIVERSIONS
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller


def send_on(phone: SimulatedCaller, *contacts: str, status: int = 302) -> None:
    """What the phone answers from now on: its owner has forwarded the calls."""
    phone.answers_with = status
    phone.headers = [("Contact", contact) for contact in contacts]


async def test_a_phone_that_forwards_its_calls_to_another_one_is_followed() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        send_on(bob, "<sip:1003@192.0.2.1>")
        assert await alice.dial("1002") == 200
        assert (len(bob.invites), len(carol.invites)) == (1, 1)
        assert str(carol.invites[0].request.from_.uri) == "sip:1001@192.0.2.1"
        alice.hang_up()


async def test_the_preferred_contact_is_tried_first() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        send_on(carol, "<sip:1001@192.0.2.1>;q=0.2", "<sip:1002@192.0.2.1>;q=0.8")
        assert await alice.dial("1003") == 200
        assert (len(bob.invites), len(alice.invites)) == (1, 0)
        alice.hang_up()


async def test_the_next_contact_is_tried_when_the_first_refuses() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        dan = await phone_of(platform, "alice")
        send_on(bob, "<sip:1003@192.0.2.1>", "<sip:1001@192.0.2.1>")
        alice.answers_with, carol.answers_with = 0, 486
        assert await alice.dial("1002") == 200
        assert len(dan.invites) == 1
        alice.hang_up()


async def test_phones_that_send_calls_to_each_other_end_with_the_refusal() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        send_on(bob, "<sip:1003@192.0.2.1>")
        send_on(carol, "<sip:1002@192.0.2.1>")
        assert await alice.dial("1002") == 480
        assert (len(bob.invites), len(carol.invites)) == (1, 1)


async def test_a_call_sent_beyond_this_site_takes_the_rights_of_who_sends_it() -> None:
    """Bob may not call out, whoever calls him."""
    async with simulated_platform({}, site=site()) as platform:
        carrier = platform.carrier(CARRIER)
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        send_on(bob, f"<sip:{NUMBER}@192.0.2.1>")
        assert await alice.dial("1002") == 480
        assert not carrier.line.invites


async def test_a_call_sent_beyond_this_site_is_shown_as_who_sends_it() -> None:
    async with simulated_platform({}, site=site()) as platform:
        carrier = platform.carrier(CARRIER)
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        send_on(alice, f"<sip:{NUMBER}@192.0.2.1>")
        assert await bob.dial("1001") == 200
        assert carrier.line.invites[0].request.from_.uri.user == "+4989123451"
        bob.hang_up()


async def test_a_phone_sends_no_call_to_a_host_of_its_choice() -> None:
    async with simulated_platform({}, site=site()) as platform:
        stranger = platform.phone(FOREIGNER)
        bob, alice = await phone_of(platform, "bob"), await phone_of(platform, "alice")
        send_on(alice, f"<sip:1003@{FOREIGNER}>", f"<sip:{NUMBER}@{CARRIER}>")
        assert await bob.dial("1001") == 480
        assert not stranger.invites


async def test_a_carrier_that_sends_calls_elsewhere_is_not_followed() -> None:
    async with simulated_platform({}, site=site()) as platform:
        carrier = platform.carrier(CARRIER)
        send_on(carrier.line, "<sip:1002@192.0.2.1>")
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await alice.dial(NUMBER) != 200
        assert not bob.invites


async def test_a_stranger_who_is_called_sends_the_call_nowhere() -> None:
    flow = connecting(f"sip:somebody@{FOREIGNER}")
    async with simulated_platform({"1000": flow}, site=site()) as platform:
        stranger = platform.phone(FOREIGNER)
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        send_on(stranger, "<sip:1002@192.0.2.1>")
        assert await alice.dial("1000") == 200
        await alice.hears("goodbye")
        assert not bob.invites


@pytest.mark.parametrize("status", [305, 380])
async def test_use_proxy_and_alternative_service_stay_refusals(status: int) -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        send_on(bob, "<sip:1003@192.0.2.1>", status=status)
        assert await alice.dial("1002") == 480
        assert not carol.invites


async def test_a_phone_that_is_less_preferred_rings_when_the_first_sends_the_call_where_it_may_not() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        desk, mobile = platform.phone(), platform.phone()
        for phone, q in ((desk, 1.0), (mobile, 0.5)):
            assert await phone.register("bob", "bob", q=q) == 200
        send_on(desk, f"<sip:{NUMBER}@192.0.2.1>")
        assert await alice.dial("1002") == 200
        assert len(mobile.invites) == 1
        alice.hang_up()


async def test_a_long_list_of_contacts_is_cut() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        send_on(bob, *[f"<sip:nobody{n}@192.0.2.1>" for n in range(MAX_DIVERSIONS)], "<sip:1003@192.0.2.1>")
        assert await alice.dial("1002") == 480
        assert not carol.invites
