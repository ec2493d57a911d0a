"""A phone follows where its account is registered, with the GRUUs of all its phones (RFC 3680, RFC 5628)."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

from tests.scenario.exchange.office import header, phone_of, site
from voicecore.registrar.gruu import public_gruu
from voicecore.sip.uri import Uri
from voicecore.subscriptions.resource import Aor
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller

REG, GRUU = "{urn:ietf:params:xml:ns:reginfo}", "{urn:ietf:params:xml:ns:gruuinfo}"
INSTANCE = "<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"


async def follow(phone: SimulatedCaller, account: str) -> int:
    return await phone.ask(
        "SUBSCRIBE",
        f"sip:{account}@192.0.2.1",
        contact=f"<sip:{phone.user}@{phone.address}>",
        headers=[("Event", "reg"), ("Expires", "600"), ("Accept", "application/reginfo+xml")],
    )


async def test_the_phones_of_an_account_are_told_with_their_gruus() -> None:
    async with simulated_platform({}, site=site()) as platform:
        desk, mobile = await phone_of(platform, "bob"), platform.phone()
        mobile.log_in("bob", "bob")
        contact = f'<sip:bob@{mobile.address}>;expires=600;+sip.instance="{INSTANCE}"'
        supported = [("Supported", "gruu")]
        assert await mobile.ask("REGISTER", "sip:192.0.2.1", contact=contact, headers=supported) == 200
        assert await follow(desk, "bob") == 200
        text, hop = platform.wire.requests("NOTIFY")[0]
        assert hop.remote == desk.address
        assert header(text, "Content-Type") == "application/reginfo+xml"
        root = ElementTree.fromstring(text.partition("\r\n\r\n")[2])
        contacts = {one.findtext(f"{REG}uri"): one for one in root.iter(f"{REG}contact")}
    assert set(contacts) == {f"sip:bob@{desk.address}", f"sip:bob@{mobile.address}"}
    gruu = contacts[f"sip:bob@{mobile.address}"].find(f"{GRUU}pub-gruu")
    assert gruu is not None
    assert gruu.get("uri") == str(public_gruu(Uri.parse("sip:bob@192.0.2.1"), INSTANCE))
    assert contacts[f"sip:bob@{desk.address}"].find(f"{GRUU}pub-gruu") is None


async def test_a_phone_that_leaves_is_told_with_why() -> None:
    async with simulated_platform({}, site=site()) as platform:
        seen: list[tuple[str, str]] = []
        phones, board = platform.exchange.phones, platform.exchange.watching.board
        account = phones.account("bob")
        assert account is not None
        bob = platform.phone(transport="WS")
        for leaves in ("asks", "breaks"):
            assert await bob.register("bob", "bob") == 200
            (binding,) = phones.bindings(account, 0.0)
            if leaves == "asks":
                await bob.register(expires=0)
            else:
                platform.lose_connection(bob)
            await asyncio.sleep(1)
            seen.append((leaves, board.why_gone(Aor(binding.aor), binding.id)))
    assert seen == [("asks", "unregistered"), ("breaks", "deactivated")]


async def test_nobody_follows_the_phones_of_another() -> None:
    async with simulated_platform({}, site=site()) as platform:
        alice = await phone_of(platform, "alice")
        assert await follow(alice, "bob") == 403
