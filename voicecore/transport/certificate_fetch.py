"""Fetches a certificate from an https URL that a stranger chose: public addresses only, no redirects, bounded."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from voicecore.errors import Unavailable

MAX_BODY = 65_536
MAX_HEAD = 16_384
TIMEOUT_S = 5.0


def is_public(address: str) -> bool:
    """Whether an address belongs to the Internet, and not to this site, this machine or a group."""
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or found
    return mapped.is_global and not mapped.is_multicast


class CertificateFetch:
    """One a process. Keeps no connection and no cookie, follows nothing.

    The address that is checked is the one that is connected to, so that a name server cannot swap it in between.
    """

    def __init__(
        self, context: ssl.SSLContext | None = None, may_connect: Callable[[str], bool] = is_public
    ) -> None:
        self._context = context or ssl.create_default_context()
        self._may_connect = may_connect

    async def fetch(self, url: str) -> bytes:
        """What the URL holds. Raises Unavailable for whatever goes wrong, within TIMEOUT_S seconds."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._fetch(url)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unavailable(f"certificate not fetched: {type(error).__name__}") from error

    async def _fetch(self, url: str) -> bytes:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
        if parts.scheme != "https" or host is None or any(not "!" <= character <= "~" for character in url):
            raise Unavailable("not an https URL")
        address = await self._address(host, port)
        reader, writer = await asyncio.open_connection(
            address, port, ssl=self._context, server_hostname=host, limit=MAX_HEAD
        )
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            # HTTP/1.0: the end of the connection is the end of the answer, and nothing comes in chunks.
            writer.write(
                f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\nAccept: */*\r\n\r\n".encode("ascii")
            )
            return await _answer(reader)
        finally:
            # Closed without a farewell: a peer that does not read must not keep us waiting.
            writer.transport.abort()

    async def _address(self, host: str, port: int) -> str:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=6)
        addresses = [str(entry[4][0]) for entry in found]
        address = next(filter(self._may_connect, addresses), None)
        if address is None:
            raise Unavailable("the URL leads into a private network")
        return address


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = head.split(b" ", 2)
    if not head.startswith(b"http/1.") or len(status) < 2 or status[1] != b"200":
        raise Unavailable("the URL holds no certificate")
    if b"\r\ntransfer-encoding:" in head:
        raise Unavailable("an answer in chunks to HTTP/1.0")
    body = bytearray()
    while piece := await reader.read(MAX_BODY):
        body += piece
        if len(body) > MAX_BODY:
            raise Unavailable("the answer is too long")
    return bytes(body)
