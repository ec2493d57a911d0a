"""A synthesiser that is somebody else's web service: text goes there as JSON, sound comes back, in parts if need be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp

import voicecore
from voicecore.errors import Unavailable
from voicecore.speech.conditioning import condition
from voicecore.speech.language.tag import lookup
from voicecore.speech.pcm import Pcm, read_raw, read_sound
from voicecore.speech.sound_stream import Hear, SoundStream
from voicecore.speech.synthesis import Availability, EngineDown, speakable
from voicecore.speech.web_socket import speak

MAX_OCTETS: Final = 32 * 1024 * 1024
"""Of one reply: five minutes at 48 kHz, more than the longest text takes."""

ITS_OWN_FAULT: Final = frozenset({401, 403, 404, 405, 407, 408, 429})
"""Statuses from 400 to 499 that another text would get too."""

_RIFF_HEADER: Final = 8
_NOT_TOLD: Final = 0x7FFF_0000
"""Programs that write a WAV file to a pipe put a size from here upwards in its header."""


@dataclass(frozen=True, slots=True)
class HttpService:
    """Where a service is and what it takes: by POST, or by WebSocket where the URL is one of ws or wss.

    `token` is sent as bearer (RFC 6750), unless it is empty.
    """

    name: str
    url: str
    languages: tuple[str, ...]
    voice: str
    token: str = field(default="", repr=False)
    pcm_rate: int | None = None
    """Samples a second of headless 16-bit little-endian mono; None: the service sends WAV."""
    first_byte_s: float = 3.0
    timeout_s: float = 15.0
    """For the whole sound, from the request on."""

    @property
    def is_web_socket(self) -> bool:
        return self.url.startswith(("ws:", "wss:"))


class HttpSynthesiser:
    """Asks one URL and no other: follows no redirect, keeps no cookie, knows no proxy.

    At most `limit` texts are under way at once; up to `queue_limit` wait for their turn, more are refused. Those who
    wait while the service fails do not try it again.
    """

    def __init__(self, service: HttpService, *, limit: int = 8, queue_limit: int = 256) -> None:
        self._service = service
        self._slots = asyncio.Semaphore(limit)
        self._places = limit + queue_limit
        self._failures = 0

    @property
    def name(self) -> str:
        return self._service.name

    @property
    def url(self) -> str:
        return self._service.url

    def voice_for(self, language: str) -> str | None:
        return self._service.voice if set(lookup(language)) & set(self._service.languages) else None

    @property
    def streams(self) -> bool:
        """WAV does not: its header may tell any rate, and what follows it."""
        return self._service.pcm_rate is not None

    async def render(self, text: str, language: str, voice: str, hear: Hear | None = None) -> Pcm:
        """As every synthesiser; parts go to `hear` as they come, at the level that the service gives them."""
        asked = {"text": speakable(text), "language": language, "voice": voice}
        if not self._places:
            raise Unavailable("too many texts wait to be spoken")
        self._places -= 1
        try:
            data = await self._in_turn(asked, self._parts(hear))
        finally:
            self._places += 1
        return await asyncio.to_thread(lambda: condition(self._sound(data)))

    def available(self) -> Availability:
        return Availability(True, f"asks {self._service.url}")

    def _parts(self, hear: Hear | None) -> SoundStream | None:
        rate = self._service.pcm_rate
        return None if hear is None or rate is None else SoundStream(rate, hear)

    async def _in_turn(self, asked: dict[str, str], parts: SoundStream | None) -> bytes:
        failures = self._failures
        async with self._slots:
            if failures != self._failures:
                raise EngineDown("failed while this text waited for its turn")
            try:
                return await self._fetch(asked, parts)
            except EngineDown:
                self._failures += 1
                raise

    async def _fetch(self, asked: dict[str, str], parts: SoundStream | None) -> bytes:
        service, body = self._service, bytearray()
        stage = f"did not begin to answer in {service.first_byte_s:g} s"
        try:
            async with asyncio.timeout(service.timeout_s), asyncio.timeout(service.first_byte_s) as patience:

                def take(chunk: bytes) -> None:
                    nonlocal stage
                    if chunk and not body:
                        patience.reschedule(None)
                        stage = f"did not finish in {service.timeout_s:g} s"
                    body.extend(chunk)
                    if len(body) > MAX_OCTETS:
                        raise Unavailable(f"sent more than {MAX_OCTETS} octets")
                    if parts is not None:
                        parts.feed(chunk)

                await self._ask(asked, take)
                if parts is not None:
                    parts.end()
                return bytes(body)
        except TimeoutError as error:
            raise EngineDown(stage) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise EngineDown(f"{type(error).__name__}: {error}") from error

    async def _ask(self, asked: dict[str, str], take: Callable[[bytes], None]) -> None:
        headers = {"User-Agent": f"VoiceCore/{voicecore.__version__}", "Accept-Encoding": "identity"}
        if self._service.token:
            headers["Authorization"] = f"Bearer {self._service.token}"
        async with _session() as session:
            if self._service.is_web_socket:
                await speak(session, self._service.url, asked, headers, take)
                return
            async with session.post(
                self._service.url, json=asked, headers=headers, allow_redirects=False
            ) as reply:
                _check(reply)
                async for chunk in reply.content.iter_any():
                    take(chunk)

    def _sound(self, data: bytes) -> Pcm:
        if self._service.pcm_rate is not None:
            return read_raw(data, self._service.pcm_rate)
        whole = int.from_bytes(data[4:8], "little") + _RIFF_HEADER
        if data.startswith(b"RIFF") and len(data) < whole < _NOT_TOLD:
            raise Unavailable(f"sent {len(data)} octets of a WAV file of {whole}")
        return read_sound(data)


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refuse_redirect)
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[tracing],
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
    ) as session:
        yield session


async def _refuse_redirect(*_: object) -> None:
    raise EngineDown("redirects to another address")


def _check(reply: aiohttp.ClientResponse) -> None:
    """Raises EngineDown where another text would fare no better, Unavailable where it might."""
    status = reply.status
    if 400 <= status < 500 and status not in ITS_OWN_FAULT:
        raise Unavailable(f"refused the text with status {status}")
    if status != 200:
        raise EngineDown(f"answered with status {status}")
    kind = reply.content_type
    if not kind.startswith("audio/") and kind != "application/octet-stream":
        raise EngineDown(f"answered with {kind[:80]}, not with sound")
