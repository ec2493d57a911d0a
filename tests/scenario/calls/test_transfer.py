"""Transfers that a phone asks for: blind and attended, from both sides of a call (RFC 3515, 5589, 3891)."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from voicecore.calls.destination import Denied, Destination, NumbersOnly, ToParty
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.party import Party
from voicecore.ivr import Answered, BridgeEnd, Call
from voicecore.sip.uri import Uri
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

NUMBERS = NumbersOnly(NumberTable([NumberEntry("1", "1", {}), NumberEntry("2", "2", {})]))


class Everywhere:
    """Numbers of ours are flows, whatever else is dialled; only 666 is denied."""

    def find(self, uri: Uri, party: Party, now: float) -> Destination:
        if uri.user == "666":
            return Denied(403, "nobody goes there")
        known = NUMBERS.find(uri, party, now)
        return ToParty(str(uri)) if isinstance(known, Denied) else known


class Office:
    """A flow that connects callers to a phone, and says goodbye afterwards."""

    def __init__(self) -> None:
        self.target = ""
        self.end: BridgeEnd | None = None

    async def __call__(self, call: Call) -> None:
        await call.answer()
        match await call.dial(self.target):
            case Answered(party):
                self.end = await call.bridge(party)
        await call.play("goodbye")


async def menu(call: Call) -> None:
    await call.answer()
    await call.play("main_menu")
    await call.wait()


def uri(phone: SimulatedCaller, *, headers: str = "") -> str:
    return f"<sip:peer@{phone.address.host}:{phone.address.port}{headers}>"


def call_to(platform: SimulatedPlatform, office: Office) -> SimulatedCaller:
    """The phone that the office connects to."""
    phone = platform.phone()
    office.target = uri(phone)[1:-1]
    return phone


def sources(platform: SimulatedPlatform) -> dict[int, tuple[int, ...]]:
    """Who hears whom, of the legs that live."""
    return {int(id): tuple(map(int, leg.sources)) for id, leg in platform.engine.legs.items() if leg.sources}


async def test_an_agent_transfers_a_caller_to_another_phone() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__, "2": menu}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        agent, expert = call_to(platform, office), platform.phone()
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert await agent.refer(uri(expert)) == 202
        await asyncio.sleep(1)
        assert agent.told == ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]
        await agent.over()
        assert sources(platform) == {1: (3,), 3: (1,)}
        expert.hang_up()
        await caller.hears("goodbye")
        await caller.over()
        file = await platform.record()
    assert office.end is BridgeEnd.PARTY_HUNG_UP
    assert len(file.legs) == 3
    assert [event.detail for event in file.events if event.kind == "transfer"]


async def test_an_agent_who_leaves_at_once_leaves_the_transfer_running() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        agent, expert = call_to(platform, office), platform.phone()
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert await agent.refer(uri(expert), [("Refer-Sub", "false")]) == 202
        agent.hang_up()
        await asyncio.sleep(1)
        assert agent.told == []
        assert sources(platform) == {1: (3,), 3: (1,)}
        caller.hang_up()
        await expert.over()


async def test_a_transfer_that_fails_leaves_the_agent_with_the_caller() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        agent, expert = call_to(platform, office), platform.phone()
        expert.answers_with = 486
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert await agent.refer(uri(expert)) == 202
        await asyncio.sleep(1)
        assert agent.told[-1] == "SIP/2.0 486 Busy Here"
        assert sources(platform) == {1: (2,), 2: (1,)}
        caller.hang_up()
        await agent.over()


async def test_a_transfer_that_fails_after_the_agent_left_gives_the_caller_back_to_the_flow() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        agent, expert = call_to(platform, office), platform.phone()
        expert.answers_with = 486
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        await agent.refer(uri(expert))
        agent.hang_up()
        await caller.hears("goodbye")
        await caller.over()
    assert office.end is BridgeEnd.PARTY_HUNG_UP


async def test_a_caller_is_transferred_to_a_flow() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__, "2": menu}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        agent = call_to(platform, office)
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert await agent.refer("<sip:2@192.0.2.1>") == 202
        await caller.hears("main_menu")
        await agent.over()
        caller.hang_up()
        await platform.switchboard.idle()
    first, second = sorted(platform.store.files, key=lambda file: file.call.id)
    assert (first.call.end, second.call.end) == (CallEnd.TRANSFERRED, CallEnd.CALLER_HUNG_UP)
    assert second.call.flow == "2"
    assert [leg.id for leg in second.legs] == [1]
    assert f"moved to call {second.call.id}" in [leg.reason for leg in first.legs]


async def test_the_caller_itself_transfers_whom_it_called() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        called, third = call_to(platform, office), platform.phone()
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        assert await caller.refer(uri(third)) == 202
        await asyncio.sleep(1)
        assert caller.told[-1] == "SIP/2.0 200 OK"
        await caller.over()
        assert sources(platform) == {2: (3,), 3: (2,)}
        third.hang_up()
        await called.over()
        await platform.switchboard.idle()
    ends = {file.call.end for file in platform.store.files}
    assert ends == {CallEnd.TRANSFERRED, CallEnd.PLATFORM_HUNG_UP}


def replaces(line: SimulatedCaller) -> str:
    dialog = line.dialog
    value = f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"
    return f"Replaces={quote(value, safe='')}"


async def test_an_agent_who_asked_an_expert_first_joins_caller_and_expert() -> None:
    """The agent was called on the first line, and calls on the second."""
    office, consult = Office(), Office()
    async with simulated_platform({"1": office.__call__, "3": consult.__call__}) as platform:
        agent, expert = call_to(platform, office), platform.phone()
        consult.target = uri(expert)[1:-1]
        caller = await platform.dial("1")
        second = await platform.dial("3")
        await asyncio.sleep(1)
        assert await agent.refer(f"<sip:3@192.0.2.1?{replaces(second)}>") == 202
        await asyncio.sleep(1)
        assert agent.told[-1] == "SIP/2.0 200 OK"
        await agent.over()
        await second.over()
        assert sources(platform) == {1: (4,), 4: (1,)}
        expert.hang_up()
        await caller.hears("goodbye")
        await caller.over()


async def test_an_agent_who_called_on_both_lines_joins_the_two() -> None:
    first_call, second_call = Office(), Office()
    async with simulated_platform({"1": first_call.__call__, "3": second_call.__call__}) as platform:
        customer, expert = call_to(platform, first_call), call_to(platform, second_call)
        first, second = await platform.dial("1"), await platform.dial("3")
        await asyncio.sleep(1)
        assert await first.refer(f"<sip:3@192.0.2.1?{replaces(second)}>") == 202
        await first.over()
        await second.over()
        assert sources(platform) == {2: (4,), 4: (2,)}
        customer.hang_up()
        await expert.over()
        await platform.switchboard.idle()
    ends = [file.call.end.value for file in platform.store.files if file.call.end is not None]
    assert sorted(ends) == ["caller hung up", "transferred", "transferred"]


async def test_a_phone_takes_a_call_over_by_an_invite_with_replaces() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__}) as platform:
        agent, desk = call_to(platform, office), platform.phone()
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        dialog = agent.dialog
        value = f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"
        assert await desk.dial("1", headers=[("Replaces", value)]) == 200
        await agent.over()
        await asyncio.sleep(1)
        assert sources(platform) == {1: (3,), 3: (1,)}
        desk.hang_up()
        await caller.hears("goodbye")
        await caller.over()


async def test_what_cannot_be_transferred_is_refused_and_changes_nothing() -> None:
    office = Office()
    async with simulated_platform({"1": office.__call__, "2": menu}) as platform:
        platform.switchboard.reception.directory = Everywhere()
        agent = call_to(platform, office)
        alone = await platform.dial("2")
        caller = await platform.dial("1")
        await asyncio.sleep(1)
        before = sources(platform)
        assert await agent.refer("<sip:666@192.0.2.1>") == 403
        assert await agent.refer("<nonsense") == 400
        assert await agent.refer("<sip:2@192.0.2.1;method=BYE>") == 603
        assert await agent.refer("<sip:2@192.0.2.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>") == 481
        assert await agent.refer(f"<sip:2@192.0.2.1?{replaces(alone)}>") == 603
        assert await alone.refer("<sip:1@192.0.2.1>") == 603
        assert await platform.phone().dial("1", headers=[("Replaces", "a;to-tag=b;from-tag=c")]) == 481
        assert sources(platform) == before
        caller.hang_up()
        alone.hang_up()
