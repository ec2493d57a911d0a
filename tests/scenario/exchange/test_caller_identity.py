"""STIR/SHAKEN on calls by trunk: what came signed is judged, and what leaves is signed (RFC 8224, 8588)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.scenario.exchange.office import CARRIER, NUMBER, OUR_NUMBER, answering, journal, phone_of, site
from tests.unit.guard.stir.authority import NOW, ORIGID, URL, authority
from voicecore.calls.journal import EventKind
from voicecore.errors import Unavailable
from voicecore.guard.stir.passport import Attestation
from voicecore.guard.stir.settings import StirMode
from voicecore.guard.stir.signing import Signer
from voicecore.guard.stir.verification import Verified
from voicecore.guard.stir.verifier import Verifier
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_site import SimulatedSite

AUTHORITY = authority()
CALLER = "+12155550121"


class Certificates:
    """What the certificate's URL holds; None: nothing is there."""

    def __init__(self, pem: bytes | None) -> None:
        self._pem = pem

    async def fetch(self, url: str) -> bytes:
        await asyncio.sleep(0.2)
        if self._pem is None:
            raise Unavailable("nobody answers there")
        return self._pem


def screening(mode: StirMode, *, reachable: bool = True) -> SimulatedSite:
    office = site()
    office.settings = replace(office.settings, stir=mode)
    office.verifier = Verifier(Certificates(AUTHORITY.pem if reachable else None), AUTHORITY.anchors)
    office.epoch = NOW
    return office


async def call_in(platform: SimulatedPlatform, *, signed: bool = True, caller: str = CALLER) -> int:
    """A call of the carrier; signed for `CALLER`, whoever calls."""
    line = platform.carrier(CARRIER).line
    line.shown = NameAddr("", Uri("sip", caller, host="carrier.example"))
    headers = []
    if signed:
        to = Uri("sip", OUR_NUMBER, host="192.0.2.1")
        wall = NOW + asyncio.get_running_loop().time()
        shown = Uri("sip", CALLER, host="carrier.example")
        identity = AUTHORITY.signer().identity(shown, to, Attestation.FULL, ORIGID, wall)
        headers.append(("Identity", str(identity)))
    status = await line.dial(OUR_NUMBER, headers=headers)
    line.hang_up()
    return status


@pytest.mark.parametrize(
    ("signed", "caller", "reachable", "said", "required"),
    [
        (True, CALLER, True, "TN-Validation-Passed, attestation A", 200),
        (False, CALLER, True, "No-TN-Validation", 428),
        (True, "+12155550199", True, "TN-Validation-Failed: another caller was signed", 438),
        (True, CALLER, False, "TN-Validation-Failed: certificate not to be had", 436),
    ],
)
async def test_a_call_says_what_its_identity_is_worth(
    signed: bool, caller: str, reachable: bool, said: str, required: int
) -> None:
    for mode, expected in ((StirMode.VERIFY, 200), (StirMode.REQUIRE, required)):
        office = screening(mode, reachable=reachable)
        async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
            assert await call_in(platform, signed=signed, caller=caller) == expected
            file = await platform.record()
        assert journal(file, EventKind.IDENTITY.value) == [said]


async def test_phones_of_ours_are_asked_for_no_signature() -> None:
    async with simulated_platform({"1000": answering}, site=screening(StirMode.REQUIRE)) as platform:
        alice = await phone_of(platform, "alice")
        assert await alice.dial("1000") == 200
        alice.hang_up()


async def test_a_call_out_is_signed_so_that_a_verifier_believes_it() -> None:
    office = site()
    office.epoch, office.signer = NOW, Signer(AUTHORITY.key, URL, ("+4989.",))
    async with simulated_platform({}, site=office) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        assert await alice.dial(NUMBER) == 200
        verdict = await Verifier(Certificates(AUTHORITY.pem), AUTHORITY.anchors).verdict(
            carrier.line.invites[0].request, NOW + 1
        )
        alice.hang_up()
    assert isinstance(verdict, Verified), verdict
    assert (verdict.origin.value, verdict.attestation) == ("4989123451", Attestation.FULL)


async def test_a_caller_without_a_number_is_not_signed_for() -> None:
    office = site()
    office.epoch, office.signer = NOW, Signer(AUTHORITY.key, URL, ("+4989.",))
    async with simulated_platform({}, site=office) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        assert await alice.dial(NUMBER, headers=[("Privacy", "id")]) == 200
        assert carrier.line.invites[0].request.headers.get("Identity") is None
        alice.hang_up()
