"""A carrier calls in: by what it is known, what it reaches, how many calls it may bring."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.scenario.exchange.office import (
    CARRIER,
    FOREIGNER,
    NUMBER,
    OUR_NUMBER,
    OUTGOING,
    answering,
    outgoing,
    phone_of,
    site,
    targets,
    trunk,
)
from tests.scenario.exchange.stranger import Line, Stranger
from voicecore.sip.hop import Address
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_call import simulated_platform
from voicecore.trunks.trunk import Capacity, Identification, NumberFormat, Registration, TrunkAccount


async def test_a_carrier_is_known_by_its_address() -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=site()) as platform:
        carrier = platform.carrier(CARRIER)
        assert await carrier.line.dial(OUR_NUMBER) == 200
        carrier.line.hang_up()


@pytest.mark.parametrize(
    "called", [f"tel:{OUR_NUMBER}", f"sip:{OUR_NUMBER};npdi;rn=+49891@192.0.2.1;user=phone"]
)
async def test_a_carrier_may_name_a_number_as_rfc_3966_does(called: str) -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=site()) as platform:
        line = await Stranger(platform, Address(CARRIER, 5060)).call(called, "tel")
        assert isinstance(line, Line), line


async def test_another_address_is_not_the_carrier() -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=site()) as platform:
        foreigner = platform.carrier(FOREIGNER)
        assert await foreigner.line.dial(OUR_NUMBER) == 401


async def test_a_carrier_is_known_by_its_password() -> None:
    by_digest = trunk(identification=Identification(account=TrunkAccount("carrier-in")))
    office = site(by_digest, inbound_passwords={"carrier": "secret"})
    async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
        carrier = platform.carrier(FOREIGNER)
        assert await carrier.line.dial(OUR_NUMBER) == 401
        carrier.line.log_in("carrier-in", "secret")
        assert await carrier.line.dial(OUR_NUMBER) == 200
        carrier.line.hang_up()


async def test_the_password_of_a_carrier_registers_nobody() -> None:
    by_digest = trunk(identification=Identification(account=TrunkAccount("carrier-in")))
    office = site(by_digest, inbound_passwords={"carrier": "secret"})
    async with simulated_platform({}, site=office) as platform:
        carrier = platform.carrier(FOREIGNER)
        assert await carrier.line.register("carrier-in", "secret") == 403
        assert platform.exchange.registrations() == 0


async def test_a_carrier_is_known_by_the_name_in_its_certificate() -> None:
    by_certificate = trunk(identification=Identification(certificates=("sip.carrier.example",)))
    office = site(by_certificate)
    async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
        carrier = platform.carrier(FOREIGNER, 5061, "TLS")
        assert await carrier.line.dial(OUR_NUMBER) == 401
        office.certificates[carrier.line.address] = frozenset({"SIP.carrier.example"})
        assert await carrier.line.dial(OUR_NUMBER) == 200
        carrier.line.hang_up()


@pytest.mark.parametrize("spelling", ["+4989123450", "4989123450", "004989123450", "089123450"])
async def test_every_spelling_of_a_number_leads_to_it(spelling: str) -> None:
    rules = replace(OUTGOING.numbers, format=NumberFormat.NATIONAL)
    national = trunk(outgoing=replace(OUTGOING, numbers=rules))
    if spelling.startswith("49"):
        national = trunk()
    async with simulated_platform({OUR_NUMBER: answering}, site=site(national)) as platform:
        carrier = platform.carrier(CARRIER)
        assert await carrier.line.dial(spelling) == 200
        carrier.line.hang_up()


async def test_a_carrier_rings_a_phone_by_its_number() -> None:
    async with simulated_platform({}, site=site()) as platform:
        bob, carrier = await phone_of(platform, "bob"), platform.carrier(CARRIER)
        carrier.line.user = "+4930555"
        assert await carrier.line.dial("1002") == 200
        assert str(bob.invites[0].request.from_.uri) == "sip:+4930555@192.0.2.1"
        carrier.line.hang_up()


async def test_who_a_trusted_carrier_asserts_is_the_caller() -> None:
    trusted = trunk(outgoing=outgoing(trusted=True))
    for agreed, caller in ((trusted, "+4930777"), (trunk(), "+4930555")):
        async with simulated_platform({OUR_NUMBER: answering}, site=site(agreed)) as platform:
            carrier = platform.carrier(CARRIER)
            carrier.line.user = "+4930555"
            await carrier.line.dial(OUR_NUMBER, headers=[("P-Asserted-Identity", "<tel:+4930777>")])
            carrier.line.hang_up()
            file = await platform.record()
        assert file.call.caller == f"sip:{caller}@192.0.2.1"


async def test_a_carrier_reaches_no_trunk() -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=site()) as platform:
        carrier = platform.carrier(CARRIER)
        assert await carrier.line.dial(NUMBER) == 404
        assert await carrier.line.dial(f"{NUMBER};trunk=carrier") == 404
        assert targets(platform) == []


async def test_a_carrier_that_brings_too_many_calls_is_told_503() -> None:
    office = site(trunk(capacity=Capacity(inbound=1)))
    async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
        one, two = platform.carrier(CARRIER, 5060).line, platform.carrier(CARRIER, 5070).line
        assert await one.dial(OUR_NUMBER) == 200
        assert await two.dial(OUR_NUMBER) == 503
        assert two.responses[-1].headers.get("Retry-After") is not None
        one.hang_up()
        await asyncio.sleep(1)
        assert await two.dial(OUR_NUMBER) == 200
        two.hang_up()


async def test_calls_that_failed_leave_no_line_taken() -> None:
    office = site(trunk(capacity=Capacity(inbound=1)))
    async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
        carrier = platform.carrier(CARRIER).line
        for _ in range(3):
            assert await carrier.dial(OUR_NUMBER, sdp=b"nonsense") == 400
            assert await carrier.dial("4711") == 404
        assert await carrier.dial(OUR_NUMBER) == 200
        carrier.hang_up()


async def test_options_of_the_carrier_are_answered() -> None:
    async with simulated_platform({}, site=site()) as platform:
        assert await platform.carrier(CARRIER).line.ask("OPTIONS", "sip:192.0.2.1") == 200
        assert await platform.carrier(FOREIGNER).line.ask("OPTIONS", "sip:192.0.2.1") == 408


async def test_a_carrier_may_not_register() -> None:
    async with simulated_platform({}, site=site()) as platform:
        carrier = platform.carrier(CARRIER)
        assert await carrier.line.register("bob", "bob") == 403


@pytest.mark.parametrize(
    ("to", "called_party", "answers"),
    [
        ("+4989123450", None, "+4989123450"),
        ("+4989123450", "<sip:+4989123459@carrier.example>", "+4989123459"),
        ("+4989123450", "<nonsense", "+4989123450"),
        ("+4989999999", None, "4989123"),  # what the caller dialled was sent on to us
    ],
)
async def test_a_call_to_our_contact_is_for_the_number_that_was_dialled(
    to: str, called_party: str | None, answers: str
) -> None:
    """RFC 7315, 4.2: a carrier puts the contact that we registered over the number, and says so beside it."""
    registered = trunk(registration=Registration(Uri.parse("sip:4989123@carrier.example")))
    numbers = dict.fromkeys(("+4989123450", "+4989123459", "4989123"), answering)
    async with simulated_platform(numbers, site=site(registered)) as platform:
        carrier = platform.carrier(CARRIER)
        await asyncio.sleep(1)
        carrier.line.to = NameAddr("", Uri("sip", to, host="carrier.example"))
        headers = [] if called_party is None else [("P-Called-Party-ID", called_party)]
        assert await carrier.line.dial("4989123", headers=headers) == 200
        carrier.line.hang_up()
        assert (await platform.record()).call.number == answers


async def test_a_number_that_is_not_our_contact_counts_whatever_to_says() -> None:
    registered = trunk(registration=Registration(Uri.parse("sip:4989123@carrier.example")))
    numbers = dict.fromkeys(("+4989123450", "+4989123459"), answering)
    async with simulated_platform(numbers, site=site(registered)) as platform:
        carrier = platform.carrier(CARRIER)
        await asyncio.sleep(1)
        carrier.line.to = NameAddr("", Uri("sip", "+4989123459", host="carrier.example"))
        assert await carrier.line.dial("+4989123450") == 200
        carrier.line.hang_up()
        assert (await platform.record()).call.number == "+4989123450"
