"""Flows ask a real web server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from voicecore.errors import Unavailable
from voicecore.ivr.twiml import flow as twiml
from voicecore.ivr.web.client import WebClient
from voicecore.ivr.web.message import WebRequest, form_request, json_signature, twilio_signature
from voicecore.ivr.web.rules import WebRules
from voicecore.ivr.webhook import flow as webhook
from voicecore.testing.simulated_call import simulated_platform

pytestmark = pytest.mark.real_time

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(**handlers: Handler) -> AsyncIterator[str]:
    """A server with these paths; its URL ends with a slash."""
    application = web.Application()
    for name, handler in handlers.items():
        application.router.add_route("*", f"/{name}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


async def test_the_server_gets_the_very_url_that_was_signed() -> None:
    seen: list[str] = []

    async def start(request: web.Request) -> web.Response:
        url = f"http://{request.host}{request.raw_path}"
        fields = {name: str(value) for name, value in (await request.post()).items()}
        seen.append(request.headers["X-Twilio-Signature"])
        assert seen[-1] == twilio_signature("12345", url, fields)
        assert fields == {"a": "é &="}
        return web.Response(body=b"\xffok", headers={"X-Answer": "42"})

    async with server(start=start) as base:
        rules = WebRules((base,), twilio_token="12345")
        async with WebClient.open(rules) as client:
            url = f"{base}start?x=%2B1&y=a+b"
            reply = await client.send(form_request(url, "POST", {"a": "é &="}, rules))
    assert (reply.status, reply.body, reply.url) == (200, b"\xffok", url)
    assert (reply.headers or {})["x-answer"] == "42"
    assert seen


async def test_a_redirect_is_told_and_not_followed() -> None:
    async def start(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    async with server(start=start) as base, WebClient.open(WebRules((base,))) as client:
        reply = await client.send(WebRequest("GET", f"{base}start"))
    assert reply.redirected_to == "http://127.0.0.1:1/"


async def test_a_long_reply_is_cut_off() -> None:
    async def start(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(bytes(1000))
        return response

    async with server(start=start) as base, WebClient.open(WebRules((base,))) as client:
        with pytest.raises(Unavailable, match="more than 5000 octets"):
            await client.send(WebRequest("GET", f"{base}start", limit=5000))


async def test_a_silent_server_is_not_waited_for() -> None:
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client has gone
        writer.close()
        left.set()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with listening:
        base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        async with WebClient.open(WebRules((base,), timeout_s=0.1)) as client:
            with pytest.raises(Unavailable, match=r"did not answer in 0\.1 s"):
                await client.send(WebRequest("GET", base))
            await left.wait()


async def test_a_server_that_is_not_there_is_told() -> None:
    async with server() as base:
        pass
    async with WebClient.open(WebRules((base,))) as client:
        with pytest.raises(Unavailable, match="ClientConnectorError"):
            await client.send(WebRequest("GET", f"{base}start"))


async def test_nonsense_in_place_of_http_is_told() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example.com\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with listening:
        base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        async with WebClient.open(WebRules((base,))) as client:
            with pytest.raises(Unavailable):
                await client.send(WebRequest("GET", base))


async def test_nobody_else_is_asked() -> None:
    async with WebClient.open(WebRules(("http://127.0.0.1:8000/",))) as client:
        with pytest.raises(Unavailable, match="does not let"):
            await client.send(WebRequest("GET", "http://127.0.0.1:8001/"))


async def test_a_server_drives_a_call_with_twiml() -> None:
    async def start(request: web.Request) -> web.Response:
        await request.post()
        return web.Response(text='<Response><Redirect method="GET">next</Redirect></Response>')

    async def following(request: web.Request) -> web.Response:
        assert request.query["To"] == "1"
        return web.Response(text='<Response><Pause length="0"/><Reject reason="busy"/></Response>')

    async with server(start=start, next=following) as base, WebClient.open(WebRules((base,))) as client:
        numbers = {"1": (twiml.answer, {"url": f"{base}start"})}
        async with simulated_platform(numbers, web=client) as platform:
            caller = platform.phone()
            assert await caller.dial("1") == 486


async def test_a_server_drives_a_call_with_a_webhook() -> None:
    async def start(request: web.Request) -> web.Response:
        body = await request.read()
        at = int(request.headers["X-VoiceCore-Signature"].split(",")[0].removeprefix("t="))
        assert request.headers["X-VoiceCore-Signature"] == json_signature("6789", at, body)
        return web.json_response({"version": 1, "verbs": [{"verb": "hangup", "cause": 603}]})

    async with server(start=start) as base:
        rules = replace(WebRules((base,)), secret="6789")
        async with WebClient.open(rules) as client:
            numbers = {"1": (webhook.answer, {"url": f"{base}start"})}
            async with simulated_platform(numbers, web=client) as platform:
                caller = platform.phone()
                assert await caller.dial("1") == 603
