"""A phone or a flow calls a number beyond the site: who may, what the carrier is shown, and which server is tried."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import MappingProxyType

from structlog.testing import capture_logs

from tests.scenario.exchange.office import (
    CARRIER,
    FRAUD,
    NUMBER,
    SECOND,
    connecting,
    flows_allowed,
    header,
    outgoing,
    phone_of,
    site,
    targets,
    trunk,
)
from voicecore.guard.fraud_settings import Allowance, Destinations, Limits
from voicecore.guard.settings import Rate
from voicecore.sip.hop import Address
from voicecore.testing.simulated_call import simulated_platform
from voicecore.trunks.trunk import (
    Capacity,
    HealthPolicy,
    IdentityHeader,
    SessionPolicy,
    TrunkAccount,
)

FIRST_SERVER, SECOND_SERVER = f"{CARRIER}:5060", f"{SECOND}:5060"


async def test_an_account_calls_what_it_may() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        assert await alice.dial("030123456") == 200
        invite = carrier.line.invites[0].request
        assert str(invite.uri) == f"sip:{NUMBER}@one.carrier.example"
        assert str(invite.from_.uri) == "sip:+4989123451@carrier.example"
        await asyncio.sleep(1)
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (2,)}
        carrier.line.hang_up()
        await alice.over()


async def test_an_account_calls_nothing_beyond_what_it_may() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        platform.carrier(CARRIER)
        assert await alice.dial("+4366412345678") == 404  # the trunk would, the account may not
        assert await bob.dial(NUMBER) == 404
        assert await alice.dial("+499001234567") == 404  # premium
        assert await alice.dial("+49301234567890123456789012345678901") == 404
        assert targets(platform) == []


async def test_what_all_accounts_may_call_needs_no_word_at_the_account() -> None:
    germany = Allowance(Destinations(countries=("DE",)), FRAUD.accounts.limits)
    async with simulated_platform({}, site=site(fraud=replace(FRAUD, accounts=germany))) as platform:
        bob, carrier = await phone_of(platform, "bob"), platform.carrier(CARRIER)
        assert await bob.dial(NUMBER) == 200
        assert len(carrier.line.invites) == 1
        bob.hang_up()


async def test_what_is_denied_to_all_accounts_is_denied_to_one_that_may_call_more() -> None:
    but_mobiles = Allowance(Destinations(deny=("+4915.",)), FRAUD.accounts.limits)
    async with simulated_platform({}, site=site(fraud=replace(FRAUD, accounts=but_mobiles))) as platform:
        alice = await phone_of(platform, "alice")
        platform.carrier(CARRIER)
        assert await alice.dial("+4915112345678") == 404
        assert await alice.dial(NUMBER) == 200
        alice.hang_up()


async def test_emergency_numbers_are_called_whatever_the_limits_say() -> None:
    nothing = replace(FRAUD.accounts, limits=Limits(Rate(0.01, 0.0), 0, 0.0))
    none = replace(FRAUD, accounts=nothing, always=("112",))
    async with simulated_platform({}, site=site(fraud=none)) as platform:
        bob, carrier = await phone_of(platform, "bob"), platform.carrier(CARRIER)
        assert await bob.dial("112") == 200
        assert carrier.line.invites[0].request.uri.user == "112"
        bob.hang_up()


async def test_an_account_has_no_more_calls_at_a_time_than_it_may() -> None:
    one = replace(FRAUD, accounts=Allowance(limits=Limits(Rate(10.0, 10.0), 1)))
    async with simulated_platform({}, site=site(fraud=one)) as platform:
        first, second = await phone_of(platform, "alice"), await phone_of(platform, "alice")
        carrier = platform.carrier(CARRIER)
        assert await first.dial(NUMBER) == 200
        assert await second.dial(NUMBER) == 503
        assert len(carrier.line.invites) == 1
        first.hang_up()
        await asyncio.sleep(1)
        assert await second.dial(NUMBER) == 200
        assert len(carrier.line.invites) == 2
        second.hang_up()


async def test_an_account_that_calls_too_fast_is_told_when_to_try_again() -> None:
    slow = replace(FRAUD, accounts=Allowance(limits=Limits(Rate(0.2, 1.0), 5)))
    async with simulated_platform({}, site=site(fraud=slow)) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        assert await alice.dial(NUMBER) == 200
        alice.hang_up()
        with capture_logs() as logs:
            assert await alice.dial(NUMBER) == 503
        assert [line["reason"] for line in logs if line["event"] == "call out denied"] == [
            "too many calls a second"
        ]
        assert any(b"SIP/2.0 503" in sent and b"Retry-After: 5\r" in sent for sent, _ in platform.wire.sent)
        assert len(carrier.line.invites) == 1
        await asyncio.sleep(5)
        assert await alice.dial(NUMBER) == 200
        alice.hang_up()


async def test_a_call_ends_when_its_money_is_spent() -> None:
    poor = replace(
        FRAUD,
        accounts=Allowance(limits=Limits(Rate(10.0, 10.0), 5, spend=1.0)),
        prices=MappingProxyType({"+49": 0.5}),
    )
    async with simulated_platform({}, site=site(fraud=poor)) as platform:
        alice = await phone_of(platform, "alice")
        platform.carrier(CARRIER)
        began = asyncio.get_running_loop().time()
        assert await alice.dial(NUMBER) == 200
        await alice.over()
        assert 119 <= asyncio.get_running_loop().time() - began <= 122
        assert await alice.dial(NUMBER) == 403


async def test_a_number_without_a_price_is_not_called_where_money_counts() -> None:
    priced = replace(FRAUD, accounts=Allowance(limits=Limits(Rate(10.0, 10.0), 5, spend=1.0)))
    async with simulated_platform({}, site=site(fraud=priced)) as platform:
        alice = await phone_of(platform, "alice")
        platform.carrier(CARRIER)
        assert await alice.dial(NUMBER) == 403
        assert targets(platform) == []


async def test_a_flow_calls_only_what_flows_may() -> None:
    flow = connecting(f"tel:{NUMBER}")
    for fraud, called in ((FRAUD, []), (flows_allowed("+49."), [FIRST_SERVER])):
        async with simulated_platform({"1000": flow}, site=site(fraud=fraud)) as platform:
            bob = await phone_of(platform, "bob")
            platform.carrier(CARRIER)
            await bob.dial("1000")
            await asyncio.sleep(1)
            assert targets(platform) == called
            bob.hang_up()


async def test_a_number_that_is_not_ours_is_never_shown() -> None:
    none = trunk(outgoing=outgoing(allowed=("+4940.",)))
    async with simulated_platform({}, site=site(none)) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        await alice.dial(NUMBER, headers=[("P-Asserted-Identity", "<sip:+4940999@carrier.example>")])
        assert carrier.line.invites[0].request.from_.uri.user == "+4989123450"
        alice.hang_up()


async def test_the_carrier_is_told_who_calls_in_an_asserted_identity() -> None:
    asserting = trunk(outgoing=outgoing(IdentityHeader.ASSERTED, trusted=True))
    async with simulated_platform({}, site=site(asserting)) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        await alice.dial(NUMBER)
        told = carrier.line.invites[0].request.headers
        assert told.get("P-Asserted-Identity") == "<sip:+4989123451@carrier.example>"
        assert told.get("Privacy") is None
        alice.hang_up()


async def test_a_wish_to_stay_unknown_reaches_the_carrier() -> None:
    asserting = trunk(outgoing=outgoing(IdentityHeader.ASSERTED, trusted=True))
    async with simulated_platform({}, site=site(asserting)) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        await alice.dial(NUMBER, headers=[("Privacy", "id")])
        invite = carrier.line.invites[0].request
        assert invite.from_.uri.host == "anonymous.invalid"
        assert invite.headers.get("Privacy") == "id"
        assert "+4989123451" in (invite.headers.get("P-Asserted-Identity") or "")
        alice.hang_up()


async def test_a_challenge_of_the_carrier_is_answered() -> None:
    asked = trunk(account=TrunkAccount("site"))
    async with simulated_platform({}, site=site(asked, passwords={"carrier": "secret"})) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        carrier.demand("site", "secret")
        assert await alice.dial(NUMBER) == 200
        alice.hang_up()


async def test_only_codecs_of_the_trunk_are_offered() -> None:
    narrow = trunk(session=SessionPolicy(codecs=("PCMA",)))
    async with simulated_platform({}, site=site(narrow)) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        await alice.dial(NUMBER)
        offer = carrier.line.invites[0].request.body.decode()
        assert "RTP/AVP 8 101" in offer
        alice.hang_up()


# -- which server -----------------------------------------------------------------------------------
async def test_a_server_that_is_busy_is_followed_by_the_next() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        first.statuses["INVITE"] = 503
        assert await alice.dial(NUMBER) == 200
        assert (first.methods().count("INVITE"), len(second.line.invites)) == (1, 1)
        alice.hang_up()


async def test_a_call_that_goes_on_at_the_next_server_is_one_start() -> None:
    """Calls a second are those of callers: an attempt at the second server takes none away, nor is it held up."""
    slow = trunk(capacity=Capacity(calls_per_second=0.1, burst=1))
    async with simulated_platform({}, site=site(slow)) as platform:
        alice = await phone_of(platform, "alice")
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        first.statuses["INVITE"] = 503
        assert await alice.dial(NUMBER) == 200
        assert len(second.line.invites) == 1
        alice.hang_up()
        assert await alice.dial(NUMBER) == 503
        assert first.methods().count("INVITE") == 1
        await asyncio.sleep(10)
        assert await alice.dial(NUMBER) == 200
        alice.hang_up()


async def test_a_server_that_wants_to_be_left_alone_is_for_so_long() -> None:
    resting = trunk(health=HealthPolicy(interval_s=0, failures=1))
    async with simulated_platform({}, site=site(resting)) as platform:
        alice = await phone_of(platform, "alice")
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        first.line.answers_with, first.line.rings_with = 503, 0
        first.line.headers = [("Retry-After", "120 (busy);duration=60")]
        for pause in (0, 100):
            await asyncio.sleep(pause)
            assert await alice.dial(NUMBER) == 200
            alice.hang_up()
        assert len(first.line.invites) == 1
        first.line.answers_with, first.line.headers = 200, ()
        await asyncio.sleep(30)
        assert await alice.dial(NUMBER) == 200
        assert (len(first.line.invites), len(second.line.invites)) == (2, 2)
        alice.hang_up()


async def test_a_server_that_is_silent_is_followed_by_the_next() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        first.statuses["INVITE"] = 0
        began = asyncio.get_running_loop().time()
        assert await alice.dial(NUMBER) == 200
        assert asyncio.get_running_loop().time() - began < 7.0
        assert len(second.line.invites) == 1
        alice.hang_up()


async def test_a_server_without_an_address_is_followed_by_the_next() -> None:
    office = site()
    office.names = {"two.carrier.example": [Address(SECOND, 5060)]}
    async with simulated_platform({}, site=office) as platform:
        alice, second = await phone_of(platform, "alice"), platform.carrier(SECOND)
        assert await alice.dial(NUMBER) == 200
        assert len(second.line.invites) == 1
        alice.hang_up()


async def test_a_number_that_is_busy_is_tried_nowhere_else() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        first.line.answers_with = 486
        assert await alice.dial(NUMBER) == 486
        assert second.asked == []


async def test_a_server_that_answers_no_options_is_not_tried() -> None:
    asked = trunk(health=HealthPolicy(interval_s=30, failures=2))
    async with simulated_platform({}, site=site(asked)) as platform:
        alice = await phone_of(platform, "alice")
        first, second = platform.carrier(CARRIER), platform.carrier(SECOND)
        first.statuses["OPTIONS"] = 503
        await asyncio.sleep(70)
        assert platform.exchange.trunks_up() == {"carrier": True}
        assert await alice.dial(NUMBER) == 200
        assert "INVITE" not in first.methods()
        assert "INVITE" in second.methods()
        alice.hang_up()
        first.statuses.clear()
        await asyncio.sleep(40)
        assert await alice.dial(NUMBER) == 200
        assert "INVITE" in first.methods()
        alice.hang_up()


async def test_no_server_up_means_no_call() -> None:
    asked = trunk(health=HealthPolicy(interval_s=30, failures=1))
    async with simulated_platform({}, site=site(asked)) as platform:
        alice = await phone_of(platform, "alice")
        for host in (CARRIER, SECOND):
            platform.carrier(host).statuses["OPTIONS"] = 503
        await asyncio.sleep(40)
        assert platform.exchange.trunks_up() == {"carrier": False}
        assert await alice.dial(NUMBER) == 503
        assert targets(platform) == []


async def test_ports_that_we_lack_speak_against_no_server() -> None:
    async with simulated_platform({}, site=site(), legs=1) as platform:
        alice = await phone_of(platform, "alice")
        platform.carrier(CARRIER), platform.carrier(SECOND)
        for _ in range(3):
            assert await alice.dial(NUMBER) == 503
        assert targets(platform) == []
        platform.engine.most_legs = 10
        assert await alice.dial(NUMBER) == 200
        alice.hang_up()


async def test_a_full_trunk_takes_no_more_calls() -> None:
    async with simulated_platform({}, site=site(trunk(capacity=Capacity(outbound=1)))) as platform:
        first, second = await phone_of(platform, "alice"), await phone_of(platform, "alice")
        carrier = platform.carrier(CARRIER)
        assert await first.dial(NUMBER) == 200
        assert await second.dial(NUMBER) == 503
        first.hang_up()
        await asyncio.sleep(1)
        assert await second.dial(NUMBER) == 200
        assert len(carrier.line.invites) == 2
        second.hang_up()


async def test_an_account_called_a_lot_over_a_full_trunk_pays_for_none_of_the_refused() -> None:
    few = replace(FRAUD, accounts=Allowance(limits=Limits(Rate(0.001, 2.0), 5)))
    full = site(trunk(capacity=Capacity(outbound=0)), fraud=few)
    async with simulated_platform({}, site=full) as platform:
        alice = await phone_of(platform, "alice")
        for _ in range(5):
            assert await alice.dial(NUMBER) == 503


async def test_the_carrier_hears_of_no_call_that_its_caller_gave_up() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        carrier.line.answers_with = 0
        alice.start_dialling(NUMBER)
        await asyncio.sleep(2)
        alice.give_up()
        await carrier.line.over()
        assert carrier.line.status == 487
        cancel, _ = platform.wire.requests("CANCEL")[0]
        assert header(cancel, "CSeq") is not None
        assert targets(platform) == [FIRST_SERVER]
