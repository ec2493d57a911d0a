"""One site for these tests: three phones, one carrier with two servers, and money for calls to Germany."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network
from types import MappingProxyType

from voicecore.exchange.exchange import ExchangeSettings
from voicecore.guard.fraud_settings import Allowance, FraudSettings, Limits
from voicecore.guard.fraud_settings import Destinations as Affordable
from voicecore.guard.settings import GuardSettings, Rate
from voicecore.ivr import Answered, Call
from voicecore.sip.hop import Address
from voicecore.sip.uri import Uri
from voicecore.store.records import CallFile
from voicecore.testing.simulated_call import SimulatedPlatform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import RULES, SimulatedSite, account
from voicecore.trunks.trunk import (
    CallerIdRules,
    Destinations,
    HealthPolicy,
    Identification,
    IdentityHeader,
    NumberRules,
    Outgoing,
    Trunk,
    TrunkName,
    TrunkServer,
)

CARRIER, SECOND, FOREIGNER = "198.51.100.10", "198.51.100.11", "203.0.113.66"
NUMBER, OUR_NUMBER = "+4930123456", "+4989123450"
NAMES = {
    "one.carrier.example": [Address(CARRIER, 5060)],
    "two.carrier.example": [Address(SECOND, 5060)],
}
OUTGOING = Outgoing(
    "carrier.example",
    NumberRules(country="DE"),
    Destinations(allowed=("+49.", "+43.", "112")),
    CallerIdRules(allowed=("+4989.",), default=OUR_NUMBER),
)
TRUNK = Trunk(
    TrunkName("carrier"),
    (
        TrunkServer(Uri.parse("sip:one.carrier.example"), 1),
        TrunkServer(Uri.parse("sip:two.carrier.example"), 2),
    ),
    OUTGOING,
    Identification(addresses=(ip_network(f"{CARRIER}/32"), ip_network(f"{SECOND}/32"))),
    health=HealthPolicy(interval_s=0),
)
ACCOUNTS = (
    account("alice", numbers=["1001"], caller_id="+4989123451", allow=["+49.", "112"]),
    account("bob", numbers=["1002"]),
    account("carol", numbers=["1003"]),
)
PLENTY = Limits(Rate(100.0, 100.0), 100)
FRAUD = FraudSettings(accounts=Allowance(limits=PLENTY), flows=Allowance(limits=PLENTY))


def trunk(**changed: object) -> Trunk:
    return replace(TRUNK, **changed)  # type: ignore[arg-type]


def outgoing(header: IdentityHeader = IdentityHeader.FROM, **rules: object) -> Outgoing:
    return replace(OUTGOING, caller_id=replace(OUTGOING.caller_id, header=header, **rules))  # type: ignore[arg-type]


def site(
    *trunks: Trunk,
    fraud: FraudSettings = FRAUD,
    guard: GuardSettings | None = None,
    passwords: Mapping[str, str] = MappingProxyType({}),
    inbound_passwords: Mapping[str, str] = MappingProxyType({}),
) -> SimulatedSite:
    """The office; without trunks it has that of this file."""
    settings = ExchangeSettings(
        RULES,
        accounts=ACCOUNTS,
        trunks=trunks or (TRUNK,),
        fraud=fraud,
        guard=guard or GuardSettings(),
        passwords={TrunkName(name): secret for name, secret in passwords.items()},
        inbound_passwords={TrunkName(name): secret for name, secret in inbound_passwords.items()},
    )
    return SimulatedSite(settings, NAMES)


def flows_allowed(*patterns: str) -> FraudSettings:
    return replace(FRAUD, flows=Allowance(Affordable(allow=patterns), PLENTY))


async def phone_of(platform: SimulatedPlatform, user: str, host: str = "192.0.2.7") -> SimulatedCaller:
    """A registered phone; passwords are the names."""
    phone = platform.phone(host)
    assert await phone.register(user, user) == 200
    return phone


async def answering(call: Call) -> None:
    await call.answer()
    await call.play("main_menu")
    await call.wait()


def connecting(target: str) -> Callable[[Call], Awaitable[None]]:
    """A flow that answers and dials."""

    async def connect(call: Call) -> None:
        await call.answer()
        match await call.dial(target):
            case Answered(party):
                await call.bridge(party)
        await call.play("goodbye")

    return connect


def header(text: str, name: str) -> str | None:
    """Of a request as it was sent."""
    start = f"{name}: "
    return next((line[len(start) :] for line in text.split("\r\n") if line.startswith(start)), None)


def targets(platform: SimulatedPlatform, method: str = "INVITE") -> list[str]:
    """Where the platform called, each once and in order."""
    found = [f"{hop.remote}" for text, hop in platform.wire.requests(method) if " SIP/2.0" in text]
    return list(dict.fromkeys(found))


def journal(file: CallFile, kind: str) -> list[str]:
    return [event.detail for event in file.events if event.kind == kind]
