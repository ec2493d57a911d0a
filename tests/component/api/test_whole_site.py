"""A whole server from its configuration: the page's phone gets credentials over HTTP and registers over WebSocket."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from voicecore.app.platform import Platform, platform
from voicecore.config.reading import settings_of
from voicecore.config.settings import Endpoint, MetricsSettings, Settings
from voicecore.config.source import Source
from voicecore.errors import Unavailable
from voicecore.sip.digest import Challenge, answer
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.sip.parser import parse_datagram
from voicecore.testing.sip_text import request_text

pytestmark = pytest.mark.real_time


def settings(folder: Path, root: Path) -> Settings:
    """With free ports; port 0 cannot be written in a file."""
    ports = []
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            ports.append(probe.getsockname()[1])
    text = f"""
        [sip]
        listen = ["udp://127.0.0.1:{ports[0]}", "ws://127.0.0.1:{ports[1]}"]
        origins = ["http://127.0.0.1:{ports[2]}"]
        [api]
        listen = "127.0.0.1:{ports[2]}"
        [media]
        ports = [39100, 39119]
        workers = 1
        [store]
        url = "sqlite:///{folder}/calls.db"
        [recordings]
        directory = "{folder}/recordings"
        [prompts]
        directory = "{root}/prompts"
        cache = "{folder}/prompts"
        [[number]]
        match = "9000"
        flow = "ivr_apps.diagnostics:answer_and_hang_up"
    """
    return settings_of(Source.parse(text, "voicecore.toml"))


async def ask(phone: ClientConnection, text: bytes) -> Response:
    """The final response to a request."""
    await phone.send(text.decode())
    async with asyncio.timeout(20):
        while True:
            said = await phone.recv()
            message = parse_datagram(said.encode() if isinstance(said, str) else said)
            if isinstance(message, Response) and message.status >= 200:
                return message


async def register(phone: ClientConnection, given: dict[str, str], password: str) -> int:
    uri = f"sip:{given['uri'].rpartition('@')[2]}"
    own = [
        f"From: <{given['uri']}>;tag=1",
        f"To: <{given['uri']}>",
        "Contact: <sip:x@a.invalid;transport=ws>",
    ]

    def text(number: int, *fields: str) -> bytes:
        lines = [
            f"REGISTER {uri} SIP/2.0",
            f"Via: SIP/2.0/WS a.invalid;branch=z9hG4bK{number}",
            "Max-Forwards: 70",
            *own,
            "Call-ID: page",
            f"CSeq: {number} REGISTER",
            *fields,
            "Content-Length: 0",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    told = await ask(phone, text(1))
    challenge = Challenge.parse(told.headers.all("WWW-Authenticate")[0])
    assert challenge.realm == given["realm"]
    made = answer(
        challenge, username=given["account"], password=password, method="REGISTER", uri=uri, cnonce="c"
    )
    return (await ask(phone, text(2, f"Authorization: {made}"))).status


async def login(client: httpx.AsyncClient) -> None:
    client.headers["X-CSRF-Token"] = (await client.post("session", json={})).json()["csrf"]


async def test_the_pages_phone_registers_with_what_the_api_gives(tmp_path: Path, root: Path) -> None:
    async with platform(settings(tmp_path, root)) as running:
        assert isinstance(running, Platform)
        async with httpx.AsyncClient(base_url=f"{running.page}/api/v1/") as client:
            await login(client)
            given = (await client.post("phone-credentials", json={})).json()
            protocols, origin = [Subprotocol("sip")], Origin(str(running.page))
            async with connect(given["websocket"], subprotocols=protocols, origin=origin) as phone:
                assert await register(phone, given, "a guess") == 401
                assert await register(phone, given, given["password"]) == 200
                await client.delete("session")
                assert await register(phone, given, given["password"]) == 401


async def test_a_call_is_listed_and_followed(tmp_path: Path, root: Path) -> None:
    async with (
        platform(settings(tmp_path, root)) as running,
        httpx.AsyncClient(base_url=f"{running.page}/api/v1/") as client,
    ):
        await login(client)
        cookie = {"Cookie": f"voicecore_session={client.cookies['voicecore_session']}"}
        url = f"{str(running.page).replace('http', 'ws', 1)}/api/v1/events"
        async with connect(url, additional_headers=cookie) as events:
            assert json.loads(await events.recv())["kind"] == "snapshot"
            call = await refused_call(running)
            async with asyncio.timeout(20):
                told = json.loads(await events.recv())
        assert (told["kind"], told["call"]["status"]) == ("call-ended", 488)
        listed = (await client.get("calls")).json()["calls"]
        assert [one["id"] for one in listed] == [told["call"]["id"]]
        ladder = (await client.get(f"calls/{told['call']['id']}/ladder")).json()
    assert ladder["messages"][0]["line"] == "INVITE (SDP)"
    assert call.startswith(b"SIP/2.0 ")


async def refused_call(running: Platform) -> bytes:
    """An INVITE whose audio nobody here can speak; returns the first thing that is said to it."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.setblocking(False)
        (ours,) = [one.address for one in running.machine.listening if one.transport == "UDP"]
        sdp = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 99\r\n"
        text = request_text(
            "INVITE",
            Address(*phone.getsockname()),
            ours,
            uri=f"sip:9000@{ours}",
            fields=["Content-Type: application/sdp"],
            body=sdp,
        )
        await loop.sock_sendto(phone, text, ours)
        return await loop.sock_recv(phone, 65_535)


async def test_a_page_whose_port_is_taken_stops_the_start_with_a_clear_word(
    tmp_path: Path, root: Path
) -> None:
    wanted = settings(tmp_path, root)
    assert wanted.http.api is not None
    with socket.create_server(wanted.http.api.listen), pytest.raises(Unavailable, match=r"\[api\] listen"):
        async with platform(wanted):
            pytest.fail("started")
    # Nothing was left running: the same server starts now.
    async with platform(wanted) as running:
        assert running.page == f"http://{wanted.http.api.listen}"


async def test_what_goes_wrong_behind_the_sockets_is_a_clear_word_too(tmp_path: Path, root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = Endpoint(*taken.getsockname())
        wanted = replace(settings(tmp_path, root), metrics=MetricsSettings(where))
        with pytest.raises(Unavailable, match=r"\[metrics\] listen"):
            async with platform(wanted):
                pytest.fail("started")
