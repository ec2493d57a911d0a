"""Our transports with what they told, and what plain clients need to talk to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from voicecore.sip.hop import Address, Hop, Transport
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.sip_transports import SipTransports
from voicecore.transport.tls import TlsSettings

PATIENCE = 20.0
"""Seconds after which a test gives up; nothing is measured by it."""


def message(name: str = "OPTIONS", body: bytes = b"") -> bytes:
    head = f"{name} sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1;rport\r\n"
    head += "From: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: 1\r\n"
    return f"{head}CSeq: 1 {name}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class End:
    """One side: its transports, and what came to it in order."""

    transports: SipTransports
    point: Address
    transport: Transport
    received: list[tuple[bytes, Hop]] = field(default_factory=list)
    failed: list[Hop] = field(default_factory=list)

    def hop_to(self, other: End, server_name: str = "") -> Hop:
        return Hop(other.transport, self.point, other.point, server_name)

    async def until(self, met: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met():  # noqa: ASYNC110  # what is waited for has no event
                await asyncio.sleep(0.005)

    async def gets(self, count: int = 1) -> list[bytes]:
        await self.until(lambda: len(self.received) >= count)
        return [data for data, _ in self.received]

    async def hears_of_failure(self) -> Hop:
        await self.until(lambda: self.failed)
        return self.failed[0]


@asynccontextmanager
async def an_end(
    transport: Transport,
    tls: TlsSettings | None = None,
    limits: ConnectionLimits | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    origins: tuple[str, ...] = (),
    admits: Callable[[Hop], bool] = lambda hop: True,
) -> AsyncIterator[End]:
    async with SipTransports.open(limits, tls, origins) as transports:
        point = await transports.listen(transport, host, port)
        end = End(transports, point.address, transport)
        transports.connect(
            lambda data, hop: end.received.append((data, hop)), lambda hop: end.failed.append(hop), admits
        )
        yield end


@asynccontextmanager
async def a_client(end: End) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A plain TCP connection to it."""
    reader, writer = await asyncio.open_connection(*end.point)
    try:
        yield reader, writer
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            pass


async def is_cut(reader: asyncio.StreamReader) -> bool:
    """Waits for the end of the connection; what comes before it is passed over."""
    async with asyncio.timeout(PATIENCE):
        try:
            await reader.read()
        except ConnectionResetError:
            pass
    return True
