"""The client that asks web servers: one for all calls, with few connections, and patience that ends."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

import voicecore
from voicecore.errors import Unavailable
from voicecore.ivr.web.message import WebReply, WebRequest
from voicecore.ivr.web.rules import WebRules, shown

MAX_CONNECTIONS = 200
"""When as many are busy, a request waits for one, within its own patience."""
MAX_TO_ONE_SERVER = 100
_CHUNK = 65_536


class WebClient:
    """Follows nothing, keeps no cookie, and knows no proxy. `open` makes one."""

    def __init__(self, rules: WebRules, session: aiohttp.ClientSession) -> None:
        self._rules = rules
        self._session = session

    @classmethod
    @asynccontextmanager
    async def open(cls, rules: WebRules) -> AsyncIterator[WebClient]:
        """Certificates are checked against those that the system trusts."""
        connector = aiohttp.TCPConnector(
            limit=MAX_CONNECTIONS, limit_per_host=MAX_TO_ONE_SERVER, ssl=ssl.create_default_context()
        )
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=rules.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"VoiceCore/{voicecore.__version__}"},
        ) as session:
            yield cls(rules, session)

    @property
    def rules(self) -> WebRules:
        return self._rules

    async def send(self, request: WebRequest) -> WebReply:
        """Raises Unavailable where no reply comes in time, or one that is too long."""
        if not self._rules.may_ask(request.url):
            raise Unavailable(f"[web] allow does not let flows ask {shown(request.url)}")
        try:
            async with self._session.request(
                request.method,
                # Byte for byte: the signature is of this very text.
                URL(request.url, encoded=True),
                data=request.body or None,
                headers=request.headers,
                allow_redirects=False,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return WebReply(response.status, await _body(response, request), headers, request.url)
        except TimeoutError as error:
            raise Unavailable(
                f"{shown(request.url)} did not answer in {self._rules.timeout_s:g} s"
            ) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise Unavailable(f"{shown(request.url)}: {type(error).__name__}: {error}") from error


async def _body(response: aiohttp.ClientResponse, request: WebRequest) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > request.limit:
            raise Unavailable(f"{shown(request.url)} sent more than {request.limit} octets")
    return bytes(body)
