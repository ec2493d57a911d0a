"""REFER outside of calls: an account has its phones connected, where a rule lets it (RFC 3515, 4488, 4538, 7647)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.scenario.exchange.office import (
    ACCOUNTS,
    CARRIER,
    FOREIGNER,
    NUMBER,
    answering,
    phone_of,
    site,
    targets,
)
from voicecore.sip.values.target_dialog import TargetDialog
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_site import SimulatedSite


def office() -> SimulatedSite:
    """Alice may, the others may not."""
    made = site()
    accounts = (replace(ACCOUNTS[0], click_to_dial=True), *ACCOUNTS[1:])
    made.settings = replace(made.settings, accounts=accounts)
    return made


async def ask(
    phone: SimulatedCaller, to: str, *fields: tuple[str, str], at: str = "sip:alice@192.0.2.1"
) -> int:
    """A program beside the phone sends the REFER; its status."""
    contact = f"<sip:{phone.user}@{phone.address}>"
    return await phone.ask("REFER", at, contact=contact, headers=[("Refer-To", to), *fields])


def told(platform: SimulatedPlatform) -> list[str]:
    """What its NOTIFYs said, each once."""
    said = [text.partition("\r\n\r\n")[2].strip() for text, _ in platform.wire.requests("NOTIFY")]
    return list(dict.fromkeys(said))


async def test_an_account_has_its_phone_connected_with_a_colleague() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await ask(alice, "<sip:1002@192.0.2.1>") == 202
        await asyncio.sleep(3)
        assert [str(one.request.from_.uri) for one in (*alice.invites, *bob.invites)] == [
            "sip:1002@192.0.2.1",
            "sip:1001@192.0.2.1",
        ]
        assert {tuple(leg.sources) for leg in platform.engine.legs.values()} == {(1,), (2,)}
        assert told(platform)[0] == "SIP/2.0 100 Trying"
        alice.hang_up()
        await bob.over()
        file = await platform.record()
    assert file.call.number == "1002"
    assert file.call.answered is not None


async def test_it_calls_out_at_its_own_cost_and_as_itself() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, carrier = await phone_of(platform, "alice"), platform.carrier(CARRIER)
        assert await ask(alice, f"<sip:{NUMBER}@192.0.2.1>") == 202
        await asyncio.sleep(3)
        assert str(carrier.line.invites[0].request.from_.uri) == "sip:+4989123451@carrier.example"
        carrier.line.hang_up()
        await alice.over()


async def test_a_flow_answers_as_well() -> None:
    async with simulated_platform({"1000": answering}, site=office()) as platform:
        alice = await phone_of(platform, "alice")
        assert await ask(alice, "<sip:1000@192.0.2.1>") == 202
        await asyncio.sleep(3)
        assert [leg.playing or leg.heard for leg in platform.engine.legs.values()] != [[]]
        alice.hang_up()


@pytest.mark.parametrize(
    ("phone", "colleague", "last"),
    [
        (200, 200, "200 OK"),
        (486, 200, "486 Busy Here"),
        (200, 486, "486 Busy Here"),
        (200, 603, "603 Decline"),
    ],
)
async def test_who_asked_is_told_how_it_ended(phone: int, colleague: int, last: str) -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        alice.answers_with, bob.answers_with = phone, colleague
        assert await ask(alice, "<sip:1002@192.0.2.1>") == 202
        await asyncio.sleep(3)
        assert told(platform) == ["SIP/2.0 100 Trying", f"SIP/2.0 {last}"]
        assert len(bob.invites) == (phone == 200)
        alice.hang_up()


async def test_who_wants_to_hear_nothing_hears_nothing() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob = await phone_of(platform, "alice"), await phone_of(platform, "bob")
        assert await ask(alice, "<sip:1002@192.0.2.1>", ("Refer-Sub", "false")) == 202
        await asyncio.sleep(3)
        assert told(platform) == []
        assert bob.status == 200
        alice.hang_up()


@pytest.mark.parametrize(
    ("to", "at", "status"),
    [
        ("<sip:+4366412345678@192.0.2.1>", "sip:alice@192.0.2.1", 404),  # it may not call that
        ("<sip:1002@192.0.2.1>", "sip:bob@192.0.2.1", 403),  # somebody else's phone
        ("<sip:1002@192.0.2.1>", "sip:1000@192.0.2.1", 403),
        ("<sip:1002@192.0.2.1;method=BYE>", "sip:alice@192.0.2.1", 603),
        ("<sip:1002@192.0.2.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>", "sip:alice@192.0.2.1", 603),
        ("<sip:**1002@192.0.2.1>", "sip:alice@192.0.2.1", 403),
        ("nonsense<", "sip:alice@192.0.2.1", 400),
    ],
)
async def test_what_is_no_call_of_its_own_is_refused(to: str, at: str, status: int) -> None:
    async with simulated_platform({"1000": answering}, site=office()) as platform:
        alice = await phone_of(platform, "alice")
        await phone_of(platform, "bob")
        assert await ask(alice, to, at=at) == status
        await asyncio.sleep(1)
        assert targets(platform) == []


async def test_nobody_else_may() -> None:
    async with simulated_platform({}, site=office()) as platform:
        await phone_of(platform, "alice")
        bob = await phone_of(platform, "bob")
        assert await ask(bob, "<sip:1001@192.0.2.1>", at="sip:bob@192.0.2.1") == 403
        stranger, carrier = platform.phone(FOREIGNER), platform.carrier(CARRIER)
        assert await ask(stranger, "<sip:1001@192.0.2.1>") == 401
        assert await ask(carrier.line, "<sip:1001@192.0.2.1>") == 403
        assert targets(platform) == []


async def test_a_program_transfers_a_call_of_its_account_by_its_dialog() -> None:
    async with simulated_platform({}, site=office()) as platform:
        alice, bob, carol = [await phone_of(platform, name) for name in ("alice", "bob", "carol")]
        await alice.dial("1002")
        dialog = bob.dialog
        target = ("Target-Dialog", str(TargetDialog(dialog.call_id, dialog.local_tag, dialog.remote_tag)))
        to = "<sip:1003@192.0.2.1>"
        assert await ask(carol, to, target, at="sip:bob@192.0.2.1") == 481  # not hers
        program = platform.phone("192.0.2.9")
        program.log_in("bob", "bob")
        wrong = ("Target-Dialog", str(TargetDialog(dialog.call_id, "x", dialog.remote_tag)))
        assert await ask(program, to, wrong, at="sip:bob@192.0.2.1") == 481
        assert await ask(program, to, target, at="sip:bob@192.0.2.1") == 202
        await asyncio.sleep(1)
        assert len(carol.invites) == 1
        await bob.over()
        alice.hang_up()
        await carol.over()
