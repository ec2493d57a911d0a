"""A stranger never makes us call anybody: attempts, against the default and against settings wrong on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from itertools import product

import pytest

from tests.scenario.exchange.office import (
    ACCOUNTS,
    CARRIER,
    FOREIGNER,
    NAMES,
    NUMBER,
    OUTGOING,
    PLENTY,
    TRUNK,
    answering,
    connecting,
    phone_of,
)
from tests.scenario.exchange.stranger import Line, Stranger, bare, field, status
from voicecore.exchange.exchange import ExchangeSettings
from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings
from voicecore.guard.settings import BanSettings, GuardSettings, PolicySettings, Rate, RateSettings, Strangers
from voicecore.sip.hop import Address
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import RULES, SimulatedSite, account
from voicecore.trunks.trunk import CallerIdRules, Identification
from voicecore.trunks.trunk import Destinations as Reachable

EVERYWHERE = FraudSettings(
    accounts=Allowance(Destinations(allow=(".",), premium=True), PLENTY),
    flows=Allowance(Destinations(allow=(".",), premium=True), PLENTY),
    total=PLENTY,
)
OPEN_TRUNK = replace(
    TRUNK,
    outgoing=replace(
        OUTGOING,
        destinations=Reachable(allowed=(".", "+."), premium=True),
        caller_id=CallerIdRules(allowed=(".",), trusted=True),
    ),
)
NOBODYS_ADDRESS = replace(OPEN_TRUNK, identification=Identification())
WHOLE_NET = replace(OPEN_TRUNK, identification=Identification((ip_network("198.51.100.0/24"),)))
ACCOUNTS_THAT_MAY_ALL = tuple(account(one.name, numbers=one.numbers, allow=["."]) for one in ACCOUNTS)
NEVER_LATE = RateSettings(
    by_method=(),
    other=Rate(1e6, 1e6),
    strangers=Rate(1e6, 1e6),
    total=Rate(1e6, 1e6),
    packets_per_s=1_000_000,
)
NEVER_BANNED = BanSettings(threshold=1e9)
"""So that no attempt is kept from trying by those before it."""
SERVER = "192.0.2.1"


@dataclass(frozen=True)
class Wrong:
    """Settings that a tired person could write."""

    strangers: Strangers = Strangers.CHALLENGE
    public: tuple[str, ...] = ()
    options: bool = False
    loopback: bool = True
    carriers: str = "nobody's address"
    default: bool = False

    def __str__(self) -> str:
        if self.default:
            return "default"
        chosen = [name for name in ("options", "loopback") if getattr(self, name)]
        return " ".join([self.strangers.value, *chosen, self.carriers, "public", *self.public])

    def site(self) -> SimulatedSite:
        if self.default:
            return SimulatedSite(ExchangeSettings(RULES), NAMES)
        trunk = NOBODYS_ADDRESS if self.carriers == "nobody's address" else WHOLE_NET
        policy = PolicySettings(self.strangers, 403, self.options, self.loopback)
        settings = ExchangeSettings(
            RULES,
            accounts=ACCOUNTS_THAT_MAY_ALL,
            trunks=(trunk,),
            guard=GuardSettings(policy, NEVER_BANNED, NEVER_LATE, public=self.public),
            fraud=EVERYWHERE,
        )
        return SimulatedSite(settings, NAMES)


def settings() -> Iterator[Wrong]:
    yield Wrong(default=True)
    for strangers, public, options, loopback, carriers in product(
        Strangers,
        ((), ("1000", "2000"), (".", "+.")),
        (False, True),
        (False, True),
        ("nobody's address", "a net"),
    ):
        if options == loopback:
            yield Wrong(strangers, public, options, loopback, carriers)


EVERY_SETTING = pytest.mark.parametrize("wrong", list(settings()), ids=str)


@asynccontextmanager
async def attacked(wrong: Wrong) -> AsyncIterator[tuple[SimulatedPlatform, Stranger]]:
    """A site with a flow that answers, one that rings bob, and a carrier that would take every call.

    At the end: no INVITE left but those of the second flow, to bob.
    """
    flows = {"1000": answering, "2000": connecting("phone:bob")}
    async with simulated_platform(flows, site=wrong.site()) as platform:
        platform.carrier(CARRIER)
        stranger = Stranger(platform, Address(FOREIGNER, 5060))
        yield platform, stranger
        await asyncio.sleep(40)
        for text, hop in platform.wire.requests("INVITE"):
            assert ";tag=" not in field(text, "To") or hop.remote.host != CARRIER
            assert hop.remote.host == "192.0.2.7", text
        for call in platform.switchboard.calls:
            call.cancel()


async def bob_of(platform: SimulatedPlatform, wrong: Wrong) -> SimulatedCaller | None:
    """Registered by forged source where strangers get no answer; None: there are no accounts."""
    if wrong.default:
        return None
    phone = platform.phone()
    await asyncio.wait_for(phone.register("bob", "bob"), 40)
    return phone


DIALLED = (
    NUMBER,
    "004930123456",
    "030123456",
    "112",
    "1001",
    "alice",
    "",
    "phone:bob",
    "1000;trunk=carrier",
    "%2B4930123456",
)
URIS = (
    *(f"sip:{user}@{SERVER}" if user else f"sip:{SERVER}" for user in DIALLED),
    f"sip:{NUMBER}@one.carrier.example",
    f"sip:{NUMBER}@{CARRIER}",
    f"sip:{NUMBER}@{SERVER};maddr={CARRIER}",
    f"sip:1000@{SERVER};maddr={CARRIER};transport=tcp",
    f"sip:1000@{SERVER}?Route=%3Csip:{CARRIER}%3E",
    f"sips:{NUMBER}@{SERVER}",
    f"tel:{NUMBER}",
    f"tel:{NUMBER};phone-context={SERVER}",
    "urn:service:sos",
    f"sip:{NUMBER};user=phone@{SERVER};user=phone",
    f"sip:alice:alice@{SERVER}",
)
LIES = (
    (),
    (f"Route: <sip:{CARRIER};lr>",),
    (f"Route: <sip:{SERVER};lr>", f"Route: <sip:{NUMBER}@{CARRIER};lr>"),
    (f"Record-Route: <sip:{CARRIER};lr>",),
    (f"P-Asserted-Identity: <sip:alice@{SERVER}>",),
    (f"P-Preferred-Identity: <tel:{NUMBER}>", "Privacy: id"),
    (f"Diversion: <sip:alice@{SERVER}>;reason=unconditional",),
    (f"History-Info: <sip:alice@{SERVER}>;index=1",),
    (f"Remote-Party-ID: <sip:alice@{SERVER}>;party=calling;screen=yes",),
    (f"Referred-By: <sip:alice@{SERVER}>",),
    ("Replaces: platform-1;to-tag=platform-2;from-tag=far",),
    ("Replaces: platform-1;to-tag=0;from-tag=0;early-only",),
    ("Join: platform-1;to-tag=platform-2;from-tag=far",),
    ("Target-Dialog: platform-1;local-tag=platform-2;remote-tag=far",),
    ("Require: replaces", "Supported: replaces"),
    ("Authorization: Basic YWxpY2U6YWxpY2U=",),
    ('Authorization: Digest username="alice", realm="voicecore", nonce="n", uri="sip:x", response="r"',),
    (f"Via: SIP/2.0/UDP {CARRIER};branch=z9hG4bKx;received={CARRIER}",),
)


@EVERY_SETTING
async def test_no_invite_leads_out(wrong: Wrong) -> None:
    async with attacked(wrong) as (platform, stranger):
        for uri in URIS:
            await stranger.ask("INVITE", uri)
            await stranger.ask("INVITE", uri, caller=f"sip:alice@{SERVER}")
            await stranger.ask("INVITE", uri, caller=f"sip:{NUMBER}@{CARRIER}", via=f"{CARRIER}:5060")
        for lie, uri in product(LIES, (f"sip:{NUMBER}@{SERVER}", f"sip:1000@{SERVER}")):
            await stranger.ask("INVITE", uri, *lie)
        assert platform.exchange.registrations() == 0


@EVERY_SETTING
async def test_no_other_request_leads_out(wrong: Wrong) -> None:
    others = "OPTIONS SUBSCRIBE NOTIFY MESSAGE PUBLISH REFER INFO BYE CANCEL UPDATE PRACK ACK SERVICE invite"
    async with attacked(wrong) as (platform, stranger):
        for method, uri in product(others.split(), (f"sip:{NUMBER}@{SERVER}", f"sip:alice@{SERVER}")):
            lie = (f"Refer-To: <sip:{NUMBER}@{SERVER}>", f"Referred-By: <sip:alice@{SERVER}>", "Event: refer")
            heard = await stranger.ask(method, uri, *lie)
            assert not 200 <= status(heard) < 400 or method == "OPTIONS", heard
            await stranger.ask(
                method, uri, *lie, to=f"<sip:alice@{SERVER}>;tag=platform-2", call_id="platform-1"
            )
        assert platform.exchange.registrations() == 0


@EVERY_SETTING
async def test_nobody_registers_without_the_password(wrong: Wrong) -> None:
    uri = f"sip:{SERVER}"
    async with attacked(wrong) as (platform, stranger):
        for user, password in product(("alice", "1001", "nobody", "", "*"), ("", "guess", "voicecore")):
            to = f"<sip:{user}@{SERVER}>" if user else f"<{uri}>"
            contact = f"<sip:{NUMBER}@{CARRIER}>"
            challenged = await stranger.ask(
                "REGISTER", uri, to=to, contact=contact, caller=f"sip:{user or 'x'}@{SERVER}"
            )
            assert status(challenged) in (0, 401, 403)
            if status(challenged) == 401:
                line = stranger.credentials(challenged, "REGISTER", uri, user, password)
                assert status(await stranger.ask("REGISTER", uri, line, to=to, contact=contact)) in (
                    0,
                    401,
                    403,
                )
        assert platform.exchange.registrations() == 0


@EVERY_SETTING
async def test_a_call_to_a_public_number_leads_no_further(wrong: Wrong) -> None:
    async with attacked(wrong) as (platform, stranger):
        bob = await bob_of(platform, wrong) if wrong.strangers is Strangers.CHALLENGE else None
        for number in ("1000", "2000"):
            uri = f"sip:{number}@{SERVER}"
            contact = f"<sip:{NUMBER}@{CARRIER}>"
            early = await stranger.ask("REFER", uri, f"Refer-To: <sip:{NUMBER}@{SERVER}>", call_id=number)
            assert not 200 <= status(early) < 300
            line = await stranger.call(uri, number, contact=contact)
            assert isinstance(line, Line) is bool(wrong.public)
            if isinstance(line, Line):
                if number == "1000" or bob is not None:
                    assert status(await line.ask("REFER", f"Refer-To: <{uri}>")) == 403
                await _try_within(line, contact)
        if bob is not None and wrong.public:
            assert len(bob.invites) == 1


async def _try_within(line: Line, contact: str) -> None:
    for target in (NUMBER, "1001", "alice", "bob", "1000", "phone:bob", "112"):
        for refer_to in (f"<sip:{target}@{SERVER}>", f"<sip:{target}@{CARRIER}>", f"<tel:{target}>"):
            heard = await line.ask("REFER", f"Refer-To: {refer_to}", f"Referred-By: <sip:alice@{SERVER}>")
            assert not 200 <= status(heard) < 300, (refer_to, heard)
    replaces = f"<sip:bob@{SERVER}?Replaces=1000%3Bto-tag%3Dx%3Bfrom-tag%3Dfar>"
    assert not 200 <= status(await line.ask("REFER", f"Refer-To: {replaces}")) < 300
    await line.ask("INVITE", f"Route: <sip:{CARRIER};lr>", contact=contact)
    await line.ask("INVITE", f"Refer-To: <sip:{NUMBER}@{SERVER}>", caller=f"sip:alice@{SERVER}")
    await line.ask("UPDATE", contact=contact)
    await line.ask("MESSAGE", f"Refer-To: <sip:{NUMBER}@{SERVER}>")
    await line.ask("SUBSCRIBE", "Event: refer")
    await line.ask("INFO", "Refer-To: <sip:1001@carrier>")


@pytest.mark.parametrize("wrong", [Wrong(public=public) for public in ((), ("1000", "2000"))], ids=str)
async def test_what_another_proved_is_worth_nothing(wrong: Wrong) -> None:
    """The bytes of a call that an account may make, sent again, and from elsewhere, and for another number."""
    async with attacked(wrong) as (platform, stranger):
        alice = await phone_of(platform, "alice")
        uri = f"sip:1003@{SERVER}"
        challenged = await alice_is_challenged(platform, alice, uri)
        line = stranger.credentials(challenged, "INVITE", uri, "alice", "alice", count=1)
        here, spoofed = stranger.address, Address("192.0.2.7", 7777)
        at_alice = Stranger(platform, alice.address)
        first = await at_alice.ask("INVITE", uri, line, via=str(alice.address))
        assert status(first) == 480  # proved; carol has no phone
        for source, target in product((here, alice.address, spoofed), (uri, f"sip:{NUMBER}@{SERVER}")):
            for again in (line, line.replace("nc=00000001", "nc=00000002")):
                await stranger.send(stranger.text("INVITE", target, again), source)
                to = f"<sip:alice@{SERVER}>"
                await stranger.send(stranger.text("REGISTER", f"sip:{SERVER}", again, to=to), source)
        # The right password, but with a nonce that somebody else was given.
        fresh = await alice_is_challenged(platform, alice, f"sip:{NUMBER}@{SERVER}")
        line = stranger.credentials(fresh, "INVITE", f"sip:{NUMBER}@{SERVER}", "alice", "alice")
        heard = await stranger.ask("INVITE", f"sip:{NUMBER}@{SERVER}", line)
        assert (status(heard), "stale=true" in heard) == (401, True)
        assert platform.exchange.registrations() == 1


async def alice_is_challenged(platform: SimulatedPlatform, alice: SimulatedCaller, uri: str) -> str:
    return await Stranger(platform, alice.address).ask("INVITE", uri, via=str(alice.address))


@EVERY_SETTING
async def test_a_carrier_and_this_machine_reach_no_carrier(wrong: Wrong) -> None:
    async with attacked(wrong) as (platform, _):
        for host in ("127.0.0.1", "::1", CARRIER):
            near = Stranger(platform, Address(host, 5070))
            for uri in URIS:
                heard = await near.ask("INVITE", uri)
                assert not 200 <= status(heard) < 400 or "1000" in uri, (uri, heard)
            await near.ask("REFER", f"sip:1000@{SERVER}", f"Refer-To: <sip:{NUMBER}@{SERVER}>")
            line = await near.call(f"sip:1000@{SERVER}", f"at-{host}")
            if isinstance(line, Line):
                assert status(await line.ask("REFER", f"Refer-To: <sip:{NUMBER}@{SERVER}>")) >= 400


async def test_a_called_party_that_moved_leads_nowhere() -> None:
    for target in ("phone:bob", f"sip:bob@{FOREIGNER}:5070"):
        wrong = Wrong(public=(".",))
        async with simulated_platform({"3000": connecting(target)}, site=wrong.site()) as platform:
            platform.carrier(CARRIER)
            moved = platform.carrier(FOREIGNER, 5070).line
            bob = platform.phone()
            await bob.register("bob", "bob")
            for phone in (moved, bob):
                phone.answers_with = 302
                phone.headers = [("Contact", f"<sip:{NUMBER}@{CARRIER}>"), ("Contact", f"<tel:{NUMBER}>")]
            await platform.phone(FOREIGNER).dial("3000")
            await asyncio.sleep(5)
            called = {hop.remote for _, hop in platform.wire.requests("INVITE")}
            assert called == {bob.address if target == "phone:bob" else moved.address}


# -- what strangers learn ---------------------------------------------------------------------------
@pytest.mark.parametrize("strangers", list(Strangers))
async def test_strangers_cannot_tell_what_exists(strangers: Strangers) -> None:
    there = ("1000", "2000", "1001", "alice", "bob", NUMBER)
    not_there = ("4711", "1009", "nobody", "+4930999999")
    async with attacked(Wrong(strangers)) as (_, stranger):
        for method in ("INVITE", "SUBSCRIBE", "MESSAGE", "REFER", "OPTIONS", "BYE", "NOTIFY"):
            for caller in (f"sip:alice@{SERVER}", "sip:x@203.0.113.66"):
                answers = [
                    bare(await stranger.send(stranger.text(method, f"sip:{user}@{SERVER}", caller=caller)))
                    for user in (*there, *not_there)
                ]
                assert all(answer == answers[0] for answer in answers), (method, answers)


@pytest.mark.parametrize("strangers", list(Strangers))
async def test_strangers_cannot_tell_whose_password_they_guess(strangers: Strangers) -> None:
    uri = f"sip:{SERVER}"
    async with attacked(Wrong(strangers)) as (_, stranger):
        answers: list[list[str]] = []
        for user in ("alice", "1001", "nobody", "root"):
            to = f"<sip:{user}@{SERVER}>"
            first = await stranger.send(stranger.text("REGISTER", uri, to=to))
            second: list[str] = []
            if first and status(first[0]) == 401:
                line = stranger.credentials(first[0], "REGISTER", uri, user, "guess")
                second = await stranger.send(stranger.text("REGISTER", uri, line, to=to))
            answers.append(bare([*first, *second]))
        assert all(answer == answers[0] for answer in answers), answers


@pytest.mark.parametrize("strangers", [Strangers.REFUSE, Strangers.SILENCE])
async def test_credentials_that_prove_nothing_bring_no_challenge(strangers: Strangers) -> None:
    garbage = 'Authorization: Digest username="a", realm="voicecore", nonce="n", uri="sip:x@192.0.2.1", response="r"'
    async with attacked(Wrong(strangers)) as (_, stranger):
        plain = bare(await stranger.send(stranger.text("INVITE", f"sip:x@{SERVER}")))
        for line in (
            garbage,
            "Authorization: Basic YTph",
            "Proxy-Authorization: Digest x=y",
            "Authorization: Digest =",
        ):
            assert bare(await stranger.send(stranger.text("INVITE", f"sip:x@{SERVER}", line))) == plain


async def test_a_public_number_is_called_with_a_password_for_somewhere_else() -> None:
    elsewhere = 'Authorization: Digest username="a", realm="else", nonce="n", uri="sip:x", response="r"'
    async with attacked(Wrong(public=("1000",))) as (_, stranger):
        assert status(await stranger.ask("INVITE", f"sip:1000@{SERVER}", elsewhere)) == 200
