from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.scenario.exchange.office import CARRIER, NUMBER, SECOND, TRUNK, flows_allowed, site, trunk
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.calls.route import Purpose, Stage
from voicecore.errors import PeerError, Unavailable
from voicecore.exchange.router import Origin, callable_back, codecs_of, options_of
from voicecore.ids import LegId
from voicecore.sdp.codecs import G722, L16_WIDE, PCMA
from voicecore.sip.call_options import Use as Option
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.server_location import Candidate
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_site import LISTENING
from voicecore.trunks.trunk import SessionPolicy, Trunk, TrunkName, Use

ALICE = Party(PartyKind.ACCOUNT, "alice")
BY_FLOW = Purpose("sip:+4989123459@192.0.2.1", "a:b", STRANGER)
BY_ALICE = Purpose("sip:alice@192.0.2.1", "a:b", ALICE)


@asynccontextmanager
async def routed(
    *trunks: Trunk, names: Mapping[str, Sequence[Address]] | None = None
) -> AsyncIterator[SimulatedPlatform]:
    office = site(*trunks, fraud=flows_allowed("."))
    office.names = office.names if names is None else names
    async with simulated_platform({}, site=office) as platform:
        yield platform


async def stages(platform: SimulatedPlatform, target: str, call: Purpose = BY_FLOW) -> list[Stage]:
    return [stage async for stage in platform.exchange.router.route(target, call)]


def hosts(found: Sequence[Stage]) -> list[list[str]]:
    return [[way.hop.remote.host for way in stage.ways] for stage in found]


async def test_servers_are_tried_by_priority_and_each_at_all_its_addresses() -> None:
    names = {"one.carrier.example": [Address(CARRIER, 5060), Address("198.51.100.20", 5060)]}
    names["two.carrier.example"] = [Address(SECOND, 5060)]
    async with routed(names=names) as platform:
        found = await stages(platform, f"tel:{NUMBER}")
    assert hosts(found) == [[CARRIER], ["198.51.100.20"], [SECOND]]
    assert [stage.goes_on(503, False) for stage in found] == [True] * 3
    assert not any(
        stage.goes_on(status, rang)
        for stage in found
        for status, rang in ((486, False), (503, True), (603, False))
    )


async def test_trunks_follow_each_other_as_they_are_written() -> None:
    second = replace(trunk(servers=TRUNK.servers[1:]), name=TrunkName("other"))
    first = trunk(servers=TRUNK.servers[:1])
    async with routed(first, second) as platform:
        assert hosts(await stages(platform, f"tel:{NUMBER}")) == [[CARRIER], [SECOND]]
        assert hosts(await stages(platform, f"tel:{NUMBER};trunk=other")) == [[SECOND]]


async def test_a_trunk_that_nobody_configured_is_told_as_a_fault_of_who_named_it() -> None:
    async with routed() as platform:
        with pytest.raises(PeerError):
            await stages(platform, f"tel:{NUMBER};trunk=nobody")


@pytest.mark.parametrize("number", ["+1876555", "", "sip:x", "+", "1" * 100, "49301234\r\n"])
async def test_what_no_trunk_may_call_has_no_way(number: str) -> None:
    async with routed() as platform:
        with pytest.raises(Unavailable):
            await stages(platform, f"tel:{number}")


@pytest.mark.parametrize("target", ["phone:nobody", "phone:", "phone:bob"])
async def test_a_phone_that_is_not_registered_has_no_way(target: str) -> None:
    async with routed() as platform:
        with pytest.raises(Unavailable):
            await stages(platform, target)


async def test_a_uri_without_a_host_makes_no_sense() -> None:
    async with routed() as platform:
        with pytest.raises(PeerError) as fault:
            await stages(platform, "mailto:a@example.org")
    assert fault.value.status == 416


async def test_a_flow_shows_its_caller_where_that_is_one_of_our_numbers() -> None:
    ours, foreign = BY_FLOW, replace(BY_FLOW, caller="sip:+4940999@192.0.2.1")
    telephone = replace(BY_FLOW, caller="tel:+4940999")
    async with routed() as platform:
        shown = [
            (await stages(platform, f"tel:{NUMBER}", call))[0].ways[0].from_.uri.user
            for call in (ours, foreign, telephone)
        ]
    assert shown == ["+4989123459", "+4989123450", "+4989123450"]


async def test_leave_is_asked_for_when_the_leg_is_dialled_and_not_before() -> None:
    async with routed() as platform:
        found = await stages(platform, f"tel:{NUMBER}", BY_ALICE)
        status = platform.exchange.trunk_status
        assert status()[0].outbound == 0
        permit = found[0].ways[0].permit(LegId(1))
        assert status()[0].outbound == 1
        permit.over(None)
        assert status()[0].outbound == 0


async def test_the_answering_carrier_is_a_trunk_and_the_answering_phone_its_account() -> None:
    async with routed() as platform:
        bob = platform.phone()
        await bob.register("bob", "bob")
        by_trunk, by_phone = await stages(platform, f"tel:{NUMBER}"), await stages(platform, "phone:bob")
        by_uri = await stages(platform, f"sip:x@{CARRIER}")
    parties = [found[0].ways[0].party for found in (by_trunk, by_phone, by_uri)]
    assert parties == [Party(PartyKind.TRUNK, "carrier"), Party(PartyKind.ACCOUNT, "bob"), STRANGER]


def test_a_hop_leaves_from_a_socket_of_its_family_and_transport() -> None:
    origin = Origin(LISTENING, "192.0.2.1")
    assert origin.hop_to(Candidate("TLS", "a", "198.51.100.1", 5061, "a")) is not None
    assert origin.hop_to(Candidate("UDP", "a", "2001:db8::1", 5060)) is None
    assert origin.hop_to(Candidate("WSS", "a", "198.51.100.1", 443)) is None


def test_codecs_of_a_trunk_keep_its_order_and_are_everybodys_where_it_names_none_that_we_have() -> None:
    assert codecs_of(SessionPolicy(codecs=("G722", "AMR", "PCMA", "L16/16000"))) == (G722, PCMA, L16_WIDE)
    assert codecs_of(SessionPolicy(codecs=("AMR",))) is None


def test_extensions_of_a_trunk_are_those_of_its_calls() -> None:
    policy = SessionPolicy(session_timer=Use.REQUIRE, session_expires_s=600, reliable_provisionals=Use.OFF)
    options = options_of(policy)
    assert (options.timer, options.session_expires, options.reliable) == (Option.REQUIRED, 600, Option.OFF)


@pytest.mark.parametrize(
    ("from_", "transport", "port", "domain", "shown"),
    [
        ("sip:1001@192.0.2.1", "UDP", 5070, "192.0.2.1", "sip:1001@192.0.2.1:5070"),
        ("sip:1001@[2001:db8::1]", "TCP", 5070, "2001:db8::1", "sip:1001@[2001:db8::1]:5070"),
        ("sip:1001@192.0.2.1", "UDP", 5060, "192.0.2.1", "sip:1001@192.0.2.1"),
        ("sip:1001@sip.example.org", "UDP", 5070, "sip.example.org", "sip:1001@sip.example.org"),
        ("sip:1001@192.0.2.1", "TLS", 5071, "192.0.2.1", "sip:1001@192.0.2.1"),
        ("sip:1001@192.0.2.66", "UDP", 5070, "192.0.2.1", "sip:1001@192.0.2.66"),
        ("sip:1001@192.0.2.1:99", "UDP", 5070, "192.0.2.1", "sip:1001@192.0.2.1:99"),
    ],
)
def test_who_calls_is_shown_at_our_port_where_the_domain_is_an_address(
    from_: str, transport: Transport, port: int, domain: str, shown: str
) -> None:
    hop = Hop(transport, Address(domain, port), Address("192.0.2.9", 5060))
    assert str(callable_back(NameAddr.parse(f"<{from_}>"), hop, domain).uri) == shown
