"""A service speaks over a WebSocket, on loopback: well, badly, slowly, and not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable
from voicecore.speech.cache import PromptCache
from voicecore.speech.http_service import HttpService, HttpSynthesiser
from voicecore.speech.sound_stream import Part
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import EngineDown

pytestmark = pytest.mark.real_time

RATE, PART_MS = 24_000, 100
Handler = Callable[[web.WebSocketResponse, dict[str, str]], Awaitable[None]]


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await handler(socket, await socket.receive_json())
        await socket.close()
        return socket

    application = web.Application()
    application.router.add_get("/speak", serve)
    application.router.add_get("/moved", moved)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"ws://{host}:{port}/speak"
    finally:
        await runner.cleanup()


async def moved(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/speak")


def part() -> bytes:
    """A hum."""
    times = np.arange(RATE * PART_MS // 1000) / RATE
    samples: bytes = (np.sin(times * 2 * np.pi * 300) * 8000).astype("<i2").tobytes()
    return samples


def service(url: str, first_byte_s: float = 2.0) -> HttpSynthesiser:
    return HttpSynthesiser(
        HttpService("cloud", url, ("en",), "anna", "s3cret", RATE, first_byte_s=first_byte_s, timeout_s=4.0)
    )


async def test_the_first_part_is_heard_before_the_last_is_made() -> None:
    asked: list[dict[str, str]] = []
    heard: list[Part] = []
    first = asyncio.Event()

    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        asked.append(text)
        await socket.send_bytes(part()[:-1])  # cut within a sample
        await first.wait()  # the rest is made only once the first is heard
        await socket.send_bytes(part()[-1:] + part())
        await socket.send_json({"done": True})

    def hear(samples: Part) -> None:
        heard.append(samples)
        first.set()

    async with server(speak) as url:
        pcm = await service(url).render("Hello.", "en", "berta", hear=hear)
    assert asked == [{"text": "Hello.", "language": "en", "voice": "berta"}]
    assert len(np.concatenate(heard)) == 2 * PART_MS * 16
    assert abs(pcm.duration_ms - 2 * PART_MS - 200) <= 20  # with its silent edges


async def test_a_normal_close_is_an_end_too() -> None:
    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        await socket.send_bytes(part())

    async with server(speak) as url:
        assert (await service(url).render("Hello.", "en", "anna")).duration_ms > PART_MS


@pytest.mark.parametrize(
    ("message", "kind", "problem"),
    [
        ('{"error": "no such word"}', Unavailable, "refused the text: no such word"),
        ("[1]", EngineDown, "no object"),
        ("nonsense", EngineDown, "JSONDecodeError"),
    ],
)
async def test_what_is_said_in_place_of_sound_is_an_error(
    message: str, kind: type[Unavailable], problem: str
) -> None:
    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        await socket.send_str(message)
        await socket.receive()

    async with server(speak) as url:
        with pytest.raises(kind, match=problem) as raised:
            await service(url).render("Hello.", "en", "anna")
    assert type(raised.value) is kind


async def test_another_close_than_a_normal_one_is_the_services_fault() -> None:
    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        await socket.send_bytes(part())
        await socket.close(code=1011)

    async with server(speak) as url:
        with pytest.raises(EngineDown, match="status 1011"):
            await service(url).render("Hello.", "en", "anna")


async def test_one_that_is_silent_is_given_up() -> None:
    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        await socket.receive()

    async with server(speak) as url:
        with pytest.raises(EngineDown, match=r"did not begin to answer in 0\.2 s"):
            await service(url, first_byte_s=0.2).render("Hello.", "en", "anna")


async def test_a_redirect_is_not_followed() -> None:
    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        await socket.send_bytes(part())

    async with server(speak) as url:
        with pytest.raises(EngineDown, match="redirects"):
            await service(url.replace("/speak", "/moved")).render("Hello.", "en", "anna")


async def test_where_nobody_listens_the_next_speaks_whole(tmp_path: Path) -> None:
    heard: list[Part] = []
    local = FakeSynthesiser("local")
    speaker = Speaker([service("ws://127.0.0.1:9/speak"), local], PromptCache(tmp_path))
    assert speaker.streams("en")
    assert await speaker.say("Hello.", "en", hear=heard.append) == local.sound_of("Hello.")
    assert heard == []
    assert not speaker.streams("en")


async def test_a_text_of_which_a_part_was_heard_is_not_begun_anew(tmp_path: Path) -> None:
    async def speak(socket: web.WebSocketResponse, text: dict[str, str]) -> None:
        await socket.send_bytes(part())
        await socket.close(code=1011)

    heard: list[Part] = []
    async with server(speak) as url:
        speaker = Speaker([service(url), FakeSynthesiser("local")], PromptCache(tmp_path))
        with pytest.raises(Unavailable, match="1011"):
            await speaker.say("Hello.", "en", hear=heard.append)
    assert heard
