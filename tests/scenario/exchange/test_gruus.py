"""GRUUs (RFC 5627): one phone of an account is called, asked and transferred to, by those who may call the account."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from tests.scenario.exchange.office import (
    ACCOUNTS,
    CARRIER,
    FOREIGNER,
    OUR_NUMBER,
    TRUNK,
    answering,
    connecting,
    site,
)
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.guard.settings import GuardSettings
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import Output, RequestAnswered
from voicecore.sip.uri import Uri
from voicecore.testing.memory_store import MemoryBindings
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import RULES, SimulatedSite
from voicecore.testing.simulated_wire import PLATFORM

GRUUS = [("Supported", "gruu")]
TEXT = [("Content-Type", "text/plain")]


class GruuPhone:
    """A phone with an instance, whose requests and answers name it by its public GRUU, as JsSIP's and Linphone's do."""

    def __init__(self, platform: SimulatedPlatform, user: str, host: str) -> None:
        self.user = user
        self.instance = f"urn:uuid:00000000-0000-1000-8000-{Address(host, 0).host.replace('.', ''):0>12}"
        platform_send = platform.wire.send
        self.contact: str | None = None

        def send(data: bytes, hop: Hop) -> None:
            if self.contact is not None and not data.startswith(b"REGISTER"):
                data = re.sub(rb"Contact: [^\r]*", f"Contact: <{self.contact}>".encode(), data)
            platform_send(data, hop)

        platform.wire.send = send  # type: ignore[method-assign]
        self.line: SimulatedCaller = platform.phone(host)
        platform.wire.send = platform_send  # type: ignore[method-assign]
        self.public = self.temporary = Uri("sip")

    async def register(self, *, expires: int = 3600) -> None:
        line = self.line
        heard, answers = line.on_output, list[Response]()

        def listen(output: Output) -> None:
            if isinstance(output, RequestAnswered) and output.response is not None:
                answers.append(output.response)
            heard(output)

        line.on_output = listen
        line.log_in(self.user, self.user)
        contact = f'<sip:{self.user}@{line.address}>;expires={expires};+sip.instance="<{self.instance}>"'
        assert await line.ask("REGISTER", f"sip:{PLATFORM.host}", contact=contact, headers=GRUUS) == 200
        line.on_output = heard
        mine = [
            one
            for one in map(NameAddr.parse, answers[-1].headers.all("Contact"))
            if self.instance in (one.parameter("+sip.instance") or "")
        ]
        if mine:
            self.public = Uri.parse((mine[0].parameter("pub-gruu") or "").strip('"'))
            self.temporary = Uri.parse((mine[0].parameter("temp-gruu") or "").strip('"'))
            self.contact = str(self.public)


async def phone(platform: SimulatedPlatform, user: str, host: str) -> GruuPhone:
    made = GruuPhone(platform, user, host)
    await made.register()
    return made


class Office(NamedTuple):
    """Bob has two phones, and everybody uses GRUUs."""

    platform: SimulatedPlatform
    alice: GruuPhone
    desk: GruuPhone
    pocket: GruuPhone


@asynccontextmanager
async def office_with_two_bobs() -> AsyncIterator[Office]:
    async with simulated_platform(
        {OUR_NUMBER: connecting("phone:bob"), "2000": answering}, site=site()
    ) as platform:
        alice = await phone(platform, "alice", "192.0.2.7")
        desk, pocket = await phone(platform, "bob", "192.0.2.8"), await phone(platform, "bob", "192.0.2.9")
        yield Office(platform, alice, desk, pocket)


async def test_a_gruu_rings_one_phone_of_the_account_and_its_address_all() -> None:
    async with office_with_two_bobs() as office:
        alice, desk, pocket = office.alice, office.desk, office.pocket
        for gruu in (desk.public, desk.temporary):
            assert await alice.line.dial(str(gruu)) == 200
            alice.line.hang_up()
            await asyncio.sleep(1)
        assert (len(desk.line.invites), len(pocket.line.invites)) == (2, 0)
        # RFC 5627, 6.1: the phone sees the contact that it registered, and no GRUU.
        assert str(desk.line.invites[0].request.uri) == f"sip:bob@{desk.line.address}"
        desk.line.answers_with = pocket.line.answers_with = 486
        assert await alice.line.dial("1002") == 486
        assert (len(desk.line.invites), len(pocket.line.invites)) == (3, 1)


async def test_a_gruu_of_a_phone_that_is_gone_is_480_and_a_temporary_one_404() -> None:
    async with office_with_two_bobs() as office:
        alice, desk, pocket = office.alice, office.desk, office.pocket
        await desk.register(expires=0)
        assert await alice.line.dial(str(desk.public)) == 480
        assert await alice.line.dial(str(desk.temporary)) == 404
        assert await alice.line.dial(f"sip:nobody@{PLATFORM.host};gr=urn:x") == 404
        assert pocket.line.invites == []


async def test_who_names_itself_by_its_gruu_is_reached_within_its_calls() -> None:
    async with office_with_two_bobs() as office:
        platform, alice, desk, pocket = office.platform, office.alice, office.desk, office.pocket
        assert await alice.line.dial(str(pocket.public)) == 200
        await asyncio.sleep(1)
        alice.line.hang_up()
        await asyncio.sleep(1)
        assert pocket.line.is_over
        (bye, hop), *_ = platform.wire.requests("BYE")
        assert bye.startswith(f"BYE sip:bob@{pocket.line.address} SIP/2.0")
        assert hop.remote == pocket.line.address
        # And the caller, whose INVITE had it: the platform's BYE comes to it and not to the platform itself.
        assert await alice.line.dial(str(desk.temporary)) == 200
        await asyncio.sleep(1)
        desk.line.hang_up()
        await alice.line.over()
        assert all(hop.remote != PLATFORM for _, hop in platform.wire.sent if hop.local == PLATFORM)


async def test_a_phone_that_moved_within_a_call_is_reached_where_it_is_now() -> None:
    async with office_with_two_bobs() as office:
        platform, alice, desk = office.platform, office.alice, office.desk
        assert await alice.line.dial(str(desk.public)) == 200
        desk.line.reconnect("192.0.2.77")
        await desk.register()
        alice.line.hang_up()
        await desk.line.over()
        (_, hop), *_ = platform.wire.requests("BYE")
        assert hop.remote == Address("192.0.2.77", desk.line.address.port)


async def test_refer_to_a_gruu_transfers_to_that_phone() -> None:
    async with office_with_two_bobs() as office:
        platform, alice, desk, pocket = office.platform, office.alice, office.desk, office.pocket
        carol = await phone(platform, "carol", "192.0.2.10")
        await alice.line.dial("1003")
        assert await carol.line.refer(f"<{pocket.public}>") == 202
        await asyncio.sleep(1)
        assert carol.line.told[-1] == "SIP/2.0 200 OK"
        assert (len(desk.line.invites), len(pocket.line.invites)) == (0, 1)
        await carol.line.over()
        alice.line.hang_up()
        await pocket.line.over()


async def test_refer_to_a_gruu_that_is_not_valid_transfers_nobody() -> None:
    async with office_with_two_bobs() as office:
        platform, alice, pocket = office.platform, office.alice, office.pocket
        carol = await phone(platform, "carol", "192.0.2.10")
        await pocket.register(expires=0)
        await alice.line.dial("1003")
        assert await carol.line.refer(f"<{pocket.public}>") == 480
        assert await carol.line.refer(f"<{pocket.temporary}>") == 404
        alice.line.hang_up()
        await carol.line.over()


async def test_attended_transfer_between_phones_that_use_their_gruus() -> None:
    """RFC 5589, 7.3: Refer-To is the GRUU of the target, with Replaces of the dialog with it."""
    async with office_with_two_bobs() as office:
        platform, alice, desk = office.platform, office.alice, office.desk
        carol = await phone(platform, "carol", "192.0.2.10")
        await alice.line.dial(str(desk.public))
        first = desk.line.dialog
        await desk.line.dial("1003")
        second = desk.line.dialog
        replaces = f"{second.call_id}%3Bto-tag%3D{second.remote_tag}%3Bfrom-tag%3D{second.local_tag}"
        desk.line._dialog = first  # the line with alice asks
        assert await desk.line.refer(f"<{carol.public}?Replaces={replaces}>") == 202
        await asyncio.sleep(1)
        assert desk.line.told[-1] == "SIP/2.0 200 OK"
        assert not alice.line.is_over
        assert not carol.line.is_over
        alice.line.hang_up()
        await carol.line.over()


async def test_a_phone_sends_a_call_on_to_a_gruu() -> None:
    async with office_with_two_bobs() as office:
        platform, alice, desk, pocket = office.platform, office.alice, office.desk, office.pocket
        carol = await phone(platform, "carol", "192.0.2.10")
        carol.contact = None
        carol.line.answers_with = 302
        carol.line.headers = [("Contact", f"<{pocket.public}>")]
        assert await alice.line.dial("1003") == 200
        assert (len(desk.line.invites), len(pocket.line.invites)) == (0, 1)
        alice.line.hang_up()
        await pocket.line.over()


async def test_a_message_to_a_gruu_reaches_that_phone() -> None:
    async with office_with_two_bobs() as office:
        alice, desk, pocket = office.alice, office.desk, office.pocket
        assert await alice.line.ask("MESSAGE", str(pocket.temporary), headers=TEXT) in (200, 202)
        await pocket.register(expires=0)
        assert await alice.line.ask("MESSAGE", str(pocket.public), headers=TEXT) == 480
        assert await alice.line.ask("MESSAGE", str(pocket.temporary), headers=TEXT) == 404
        got = [
            len([one for one in each.line.requests if one.request.method == "MESSAGE"])
            for each in (desk, pocket)
        ]
        assert got == [0, 1]


@pytest.mark.parametrize("public", [(), ("2000",), (".",)])
async def test_a_gruu_opens_nothing_to_strangers_nor_to_this_machine(public: tuple[str, ...]) -> None:
    office = site(guard=GuardSettings(public=public))
    async with simulated_platform({"2000": answering}, site=office) as platform:
        bob = await phone(platform, "bob", "192.0.2.8")
        stranger = platform.phone(FOREIGNER)
        here = platform.phone(PLATFORM.host)
        for caller in (stranger, here):
            for gruu in (bob.public, bob.temporary):
                assert await caller.dial(str(gruu)) in (401, 403, 404)
        assert bob.line.invites == []


async def test_a_carrier_reaches_by_a_gruu_what_it_reaches_by_the_account() -> None:
    async with office_with_two_bobs() as office:
        platform, desk, pocket = office.platform, office.desk, office.pocket
        carrier = platform.carrier(CARRIER)
        assert await carrier.line.dial(str(desk.public)) == 200
        assert (len(desk.line.invites), len(pocket.line.invites)) == (1, 0)
        carrier.line.hang_up()
        await desk.line.over()


async def test_a_gruu_of_somebody_else_as_a_contact_is_not_believed() -> None:
    """Who answers from elsewhere is written to where it is, and never to the phone that it names."""
    async with office_with_two_bobs() as office:
        platform, alice, desk, pocket = office.platform, office.alice, office.desk, office.pocket
        carrier = platform.carrier(CARRIER)
        await pocket.register(expires=0)
        assert await carrier.line.dial(OUR_NUMBER) == 200
        await asyncio.sleep(1)
        carol = await phone(platform, "carol", "192.0.2.10")
        carol.contact = str(desk.public)
        assert await alice.line.dial("1003") == 200
        alice.line.hang_up()
        await carol.line.over()
        ended = [hop.remote for text, hop in platform.wire.requests("BYE")]
        assert ended == [carol.line.address]
        carrier.line.hang_up()
        await desk.line.over()


async def test_gruus_survive_a_restart() -> None:
    store = MemoryBindings()
    settings = ExchangeSettings(RULES, accounts=ACCOUNTS, trunks=(TRUNK,))
    async with simulated_platform({}, site=SimulatedSite(settings, bindings=store)) as platform:
        bob = await phone(platform, "bob", "192.0.2.8")
        public, temporary = bob.public, bob.temporary
    async with simulated_platform({}, site=SimulatedSite(settings, bindings=store)) as platform:
        bob = GruuPhone(platform, "bob", "192.0.2.8")
        alice = await phone(platform, "alice", "192.0.2.7")
        host, _, port = next(one for one in store.kept.values() if "bob" in one.aor).remote.partition(":")
        platform.wire.detach(bob.line.address)
        bob.line.address = Address(host, int(port))
        platform.wire.attach(bob.line.address, bob.line._sip.receive)
        for gruu in (public, temporary):
            assert await alice.line.dial(str(gruu)) == 200
            alice.line.hang_up()
            await asyncio.sleep(1)
        assert len(bob.line.invites) == 2
