"""A web service speaks, on loopback: well, badly, slowly, and not at all."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import structlog
from aiohttp import web

from tests.unit.speech.fake_synthesiser import FakeSynthesiser
from voicecore.errors import Unavailable
from voicecore.speech import http_service
from voicecore.speech.cache import PromptCache
from voicecore.speech.conditioning import EDGE_MS
from voicecore.speech.http_service import HttpService, HttpSynthesiser
from voicecore.speech.pcm import Pcm
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import EngineDown

pytestmark = pytest.mark.real_time

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SPOKEN_MS = 500


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/speak", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/speak"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(*sent: bytes, stays: bool = False) -> AsyncIterator[str]:
    """Reads a request's first line, sends the bytes, and hangs up, unless it `stays` until the client goes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        for part in sent:
            writer.write(part)
            await writer.drain()
        if stays:
            await reader.read()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/speak"


def pcm16(rate: int) -> bytes:
    """A hum, half a second long."""
    times = np.arange(rate * SPOKEN_MS // 1000) / rate
    samples: bytes = (np.sin(times * 2 * np.pi * 300) * 8000).astype("<i2").tobytes()
    return samples


def wav(rate: int = 24_000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(pcm16(rate), "<i2"), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def answering(body: bytes, kind: str = "audio/wav", status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind, status=status)

    return handler


def service(url: str) -> HttpService:
    return HttpService("cloud", url, ("en", "zh-TW"), "anna", first_byte_s=2.0, timeout_s=4.0)


async def render(one: HttpService) -> Pcm:
    return await HttpSynthesiser(one).render("Hello.", "en-US", "anna")


def is_the_hum(pcm: Pcm) -> bool:
    spectrum = np.abs(np.fft.rfft(pcm.to_array()))
    loudest = float(np.argmax(spectrum)) * pcm.rate / len(pcm.to_array())
    return abs(pcm.duration_ms - SPOKEN_MS - 2 * EDGE_MS) <= 20 and abs(loudest - 300) < 5


async def test_a_service_is_asked_for_a_text_and_its_sound_is_spoken() -> None:
    asked: list[object] = []

    async def speak(request: web.Request) -> web.Response:
        asked.append(await request.json())
        asked.append(request.headers["Authorization"])
        return web.Response(body=wav(), content_type="audio/x-wav")

    async with server(speak) as url:
        synthesiser = HttpSynthesiser(replace(service(url), token="s3cret"))
        pcm = await synthesiser.render("It costs\n5 €.", "en-US", "berta")
    assert asked == [{"text": "It costs 5 €.", "language": "en-US", "voice": "berta"}, "Bearer s3cret"]
    assert is_the_hum(pcm)


async def test_no_secret_is_sent_where_there_is_none() -> None:
    asked: list[bool] = []

    async def speak(request: web.Request) -> web.Response:
        asked.append("Authorization" in request.headers)
        return web.Response(body=wav(), content_type="audio/wav")

    async with server(speak) as url:
        await render(service(url))
    assert asked == [False]


@pytest.mark.parametrize("rate", [8000, 16_000, 24_000, 48_000])
async def test_samples_without_a_header_are_taken_at_the_rate_that_was_told(rate: int) -> None:
    async with server(answering(pcm16(rate), "application/octet-stream")) as url:
        assert is_the_hum(await render(replace(service(url), pcm_rate=rate)))


@pytest.mark.parametrize("size", [0, 0x7FFFF024, 0xFFFFFFFF])
async def test_a_wav_that_was_streamed_does_not_know_its_size(size: int) -> None:
    whole = wav()
    streamed = whole[:4] + size.to_bytes(4, "little") + whole[8:40] + size.to_bytes(4, "little") + whole[44:]
    async with server(answering(streamed if size else whole[:4] + bytes(4) + whole[8:])) as url:
        assert is_the_hum(await render(service(url)))


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (answering(b"<html>", "text/html"), "text/html, not with sound"),
        (answering(wav(), status=503), "status 503"),
        (answering(wav(), status=401), "status 401"),
        (answering(wav(), status=204), "status 204"),
    ],
)
async def test_what_is_no_sound_is_the_service_s_fault(handler: Handler, told: str) -> None:
    async with server(handler) as url:
        with pytest.raises(EngineDown, match=told):
            await render(service(url))


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (answering(b"", status=422), "refused the text with status 422"),
        (answering(b""), "cannot read a sound"),
        (answering(b"RIFF nonsense"), "octets of a WAV file of"),
        (answering(wav()[:-100]), "octets of a WAV file of"),
        (answering(wav()[:44] + bytes(len(wav()) - 44)), "silence"),
    ],
)
async def test_a_sound_that_is_wrong_may_be_the_text_s_fault(handler: Handler, told: str) -> None:
    async with server(handler) as url:
        with pytest.raises(Unavailable, match=told) as raised:
            await render(service(url))
    assert not isinstance(raised.value, EngineDown)


async def test_half_a_sample_is_refused() -> None:
    async with server(answering(pcm16(8000) + b"\0")) as url:
        with pytest.raises(Unavailable, match="half a sample"):
            await render(replace(service(url), pcm_rate=8000))


async def test_a_sound_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_service, "MAX_OCTETS", 100_000)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        while True:
            await response.write(bytes(10_000))

    async with server(endless) as url:
        with pytest.raises(Unavailable, match="more than 100000 octets"):
            await render(replace(service(url), pcm_rate=8000))


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 9000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n8\r\n"],
    ids=["length", "chunks"],
)
async def test_a_reply_that_ends_early_is_told(head: bytes) -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\n" + head, bytes(8)) as url:
        with pytest.raises(EngineDown, match="ClientPayloadError"):
            await render(replace(service(url), pcm_rate=8000))


async def test_what_is_not_http_is_told() -> None:
    async with raw_server(b"220 mail.example.com\r\n\r\n") as url:
        with pytest.raises(EngineDown):
            await render(service(url))


async def test_a_silent_service_is_not_waited_for() -> None:
    async with raw_server(stays=True) as url:
        with pytest.raises(EngineDown, match=r"did not begin to answer in 0\.1 s"):
            await render(replace(service(url), first_byte_s=0.1))


async def test_headers_alone_are_no_beginning() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 90000\r\n\r\n"
    async with raw_server(head, stays=True) as url:
        with pytest.raises(EngineDown, match=r"did not begin to answer in 0\.2 s"):
            await render(replace(service(url), first_byte_s=0.2))


async def test_a_sound_that_drips_is_not_waited_for() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 90000\r\n\r\n"
    async with raw_server(head, bytes(10), stays=True) as url:
        with pytest.raises(EngineDown, match=r"did not finish in 0\.6 s"):
            await render(replace(service(url), first_byte_s=0.5, timeout_s=0.6))


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/speak"})

    async with server(elsewhere) as url:
        with pytest.raises(EngineDown, match="status 307"):
            await render(service(url))
    assert asked == ["/speak"]


async def test_the_next_speaks_for_a_dead_service_which_then_rests(tmp_path: Path) -> None:
    now = 1000.0
    async with server(answering(wav())) as url:
        pass
    cloud, here = HttpSynthesiser(service(url)), FakeSynthesiser("here")
    speaker = Speaker([cloud, here], PromptCache(tmp_path), lambda: now)
    with structlog.testing.capture_logs() as logs:
        for text in ("one", "two", "three"):
            assert await speaker.say(text, "en") == here.sound_of(text)
    (log,) = logs
    assert (log["event"], log["synthesiser"]) == ("synthesiser failed", "cloud")
    assert "ClientConnectorError" in log["reason"]
    now += EngineDown.rest_s
    with structlog.testing.capture_logs() as logs:
        assert await speaker.say("four", "en") == here.sound_of("four")
    assert len(logs) == 1


async def test_what_was_said_once_is_not_asked_for_again(tmp_path: Path) -> None:
    async with server(answering(wav())) as url:
        speaker = Speaker([HttpSynthesiser(service(url))], PromptCache(tmp_path))
        first = await speaker.say("Hello.", "en")
    assert await speaker.say("Hello.", "en") == first


async def test_who_waits_while_the_service_fails_does_not_try_it_again() -> None:
    asked = 0

    async def failing(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=500)

    async with server(failing) as url:
        synthesiser = HttpSynthesiser(service(url), limit=1)
        texts = [synthesiser.render(f"text {number}", "en", "anna") for number in range(20)]
        failures = await asyncio.gather(*texts, return_exceptions=True)
    assert asked == 1
    assert all(isinstance(failure, EngineDown) for failure in failures)


async def test_more_texts_than_may_wait_are_refused() -> None:
    async with server(answering(wav())) as url:
        synthesiser = HttpSynthesiser(service(url), limit=1, queue_limit=1)
        texts = [synthesiser.render(f"text {number}", "en", "anna") for number in range(3)]
        *spoken, refused = await asyncio.gather(*texts, return_exceptions=True)
        assert all(isinstance(one, Pcm) for one in spoken)
        assert str(refused) == "too many texts wait to be spoken"
        assert is_the_hum(await synthesiser.render("after", "en", "anna"))


async def test_hang_up_ends_the_request() -> None:
    gone = asyncio.Event()
    begun = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        writer.close()
        gone.set()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening, asyncio.TaskGroup() as group:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        asking = group.create_task(render(service(url)))
        await begun.wait()
        asking.cancel()
        await gone.wait()


def test_a_language_has_the_voice_or_none() -> None:
    synthesiser = HttpSynthesiser(service("http://127.0.0.1:1/"))
    found = [synthesiser.voice_for(tag) for tag in ("en", "EN-gb", "zh", "zh-TW", "fr")]
    assert found == ["anna", "anna", None, "anna", None]
    assert "secret" not in repr(replace(service("http://127.0.0.1:1/"), token="secret"))
