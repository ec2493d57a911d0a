from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.component.transport.certificates import Authority
from tests.component.transport.ends import an_end, message
from voicecore.sip.hop import Address, Hop
from voicecore.transport.tls import TlsSettings
from voicecore.transport.web_socket import origins_for

pytestmark = pytest.mark.real_time

SIP = [Subprotocol("sip")]


async def test_a_browser_and_we_exchange_messages() -> None:
    async with an_end("WS") as end, connect(f"ws://{end.point}/", subprotocols=SIP) as browser:
        assert browser.subprotocol == "sip"
        await browser.send(message("REGISTER").decode())
        await browser.send(message("INFO", b"\xff"))
        assert await end.gets(2) == [message("REGISTER"), message("INFO", b"\xff")]
        hop = end.received[0][1]
        assert hop == Hop("WS", end.point, Address(*browser.local_address[:2]))
        end.transports.send(message("INVITE"), hop)
        end.transports.send(message("INVITE", b"\xff"), hop)
        assert await browser.recv() == message("INVITE").decode()
        assert await browser.recv() == message("INVITE", b"\xff")


async def test_a_message_in_fragments_is_one() -> None:
    async with an_end("WS") as end, connect(f"ws://{end.point}/", subprotocols=SIP) as browser:
        whole = message("REGISTER").decode()
        await browser.send([whole[:10], "", whole[10:]])
        assert await end.gets() == [message("REGISTER")]


@pytest.mark.parametrize("offered", [None, [Subprotocol("xmpp")]])
async def test_without_the_subprotocol_sip_nobody_comes_in(offered: list[Subprotocol] | None) -> None:
    async with an_end("WS") as end:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{end.point}/", subprotocols=offered)
        assert refused.value.response.status_code == 400
        await end.until(lambda: end.transports.census().connections == 0)


async def test_on_a_loopback_address_only_pages_of_this_machine_come_in() -> None:
    async with an_end("WS") as end:
        for ours in ("http://127.0.0.1:8080", "http://localhost:8080", "https://[::1]"):
            async with connect(f"ws://{end.point}/", subprotocols=SIP, origin=Origin(ours)):
                pass
        for other in (
            "https://evil.example.org",
            "http://127.0.0.1.example.org",
            "http://localhost:80@evil",
            "null",
        ):
            with pytest.raises(InvalidStatus):
                await connect(f"ws://{end.point}/", subprotocols=SIP, origin=Origin(other))


def test_on_other_addresses_all_pages_come_in_unless_some_are_named() -> None:
    assert origins_for("192.0.2.1", ()) == ()
    assert origins_for("192.0.2.1", ("https://desk.example.org",)) == ("https://desk.example.org",)
    assert origins_for("127.0.0.1", ("https://desk.example.org",)) == ("https://desk.example.org",)


async def test_only_pages_of_allowed_origins_come_in() -> None:
    ours = "https://desk.example.org"
    async with an_end("WS", origins=(ours,)) as end:
        async with connect(f"ws://{end.point}/", subprotocols=SIP, origin=Origin(ours)):
            pass
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{end.point}/", subprotocols=SIP, origin=Origin("https://evil.example.org"))
        assert refused.value.response.status_code == 403


async def test_web_socket_in_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = TlsSettings(*authority.issue("127.0.0.1"))
    context = ssl.create_default_context(cafile=authority.ca)
    async with (
        an_end("WSS", tls) as end,
        connect(f"wss://{end.point}/", subprotocols=SIP, ssl=context) as browser,
    ):
        await browser.send(message("REGISTER").decode())
        assert await end.gets() == [message("REGISTER")]
        end.transports.send(message("INVITE"), end.received[0][1])
        assert await browser.recv() == message("INVITE").decode()


async def test_pings_go_both_ways() -> None:
    async with an_end("WS") as end, connect(f"ws://{end.point}/", subprotocols=SIP) as browser:
        await (await browser.ping())
        await browser.send("\r\n\r\n")
        assert await browser.recv() == "\r\n"


async def test_a_message_that_is_too_large_ends_the_connection() -> None:
    async with an_end("WS") as end, connect(f"ws://{end.point}/", subprotocols=SIP) as browser:
        await browser.send(bytes(70_000))
        with pytest.raises(ConnectionClosed):
            await browser.recv()
        assert end.received == []


async def test_a_browser_that_leaves_is_told_and_cannot_be_called() -> None:
    async with an_end("WS") as end:
        async with connect(f"ws://{end.point}/", subprotocols=SIP) as browser:
            await browser.send(message().decode())
            await end.gets()
        hop = end.received[0][1]
        assert await end.hears_of_failure() == hop
        end.failed.clear()
        end.transports.send(message(), hop)
        assert end.failed == [hop]
