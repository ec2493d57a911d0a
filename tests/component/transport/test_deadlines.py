"""Who takes too long is cut. The sockets are real; the clock jumps when they are silent, so no test waits."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.component.transport.certificates import Authority
from tests.component.transport.ends import End, a_client, an_end, message
from voicecore.sip.hop import Address, Hop
from voicecore.transport.tls import TlsSettings

pytestmark = pytest.mark.virtual(grace=0.02)

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)


async def cut_after(reader: asyncio.StreamReader) -> int:
    """Whole seconds from now to the end of the connection."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        while await reader.read(1000):
            pass
    except ConnectionResetError:
        pass
    return int(loop.time() - began)


async def drip(writer: asyncio.StreamWriter, data: bytes, every_s: float) -> None:
    for octet in data:
        await asyncio.sleep(every_s)
        writer.write(bytes([octet]))


def holds_nothing(end: End) -> bool:
    census = end.transports.census()
    return (census.connections, census.waiting, census.buffered, census.unsent) == (0, 0, 0, 0)


async def test_slow_loris_is_cut_and_holds_nothing() -> None:
    async with an_end("TCP") as end, a_client(end) as (reader, writer), asyncio.TaskGroup() as tasks:
        slowly = tasks.create_task(drip(writer, message(), 1.0))
        assert await cut_after(reader) == 11  # a second of silence, and ten from the first octet
        slowly.cancel()
        assert end.received == []
        assert holds_nothing(end)


async def test_who_says_nothing_is_cut() -> None:
    async with an_end("TCP") as end, a_client(end) as (reader, _):
        assert await cut_after(reader) == 30
        assert holds_nothing(end)


async def test_who_only_pings_is_cut() -> None:
    async with an_end("TCP") as end, a_client(end) as (reader, writer), asyncio.TaskGroup() as tasks:
        pings = tasks.create_task(drip(writer, b"\r\n" * 50, 1.0))
        assert await cut_after(reader) == 30
        pings.cancel()


async def test_an_idle_connection_is_cut_and_a_held_one_is_not() -> None:
    async with (
        an_end("TCP") as end,
        a_client(end) as (held, writer),
        a_client(end) as (idle, other_writer),
    ):
        writer.write(message())
        other_writer.write(message())
        await end.gets(2)
        end.transports.hold(Hop("TCP", end.point, Address(*writer.get_extra_info("sockname"))), 3600)
        assert await cut_after(idle) in (599, 600)
        assert end.transports.census().connections == 1
        assert await cut_after(held) in (2999, 3000)


async def test_keep_alives_keep_a_phone_connected() -> None:
    async with an_end("TCP") as end, a_client(end) as (_, writer):
        writer.write(message())
        await end.gets()
        for _ in range(20):
            await asyncio.sleep(120)
            writer.write(b"\r\n\r\n")
        assert end.transports.census().connections == 1


async def test_pings_of_ours_are_answered_and_the_connection_stays() -> None:
    async with an_end("TCP") as one, an_end("TCP") as other:
        hop = one.hop_to(other)
        one.transports.send(message(), hop)
        one.transports.keep_alive(hop, 120)
        await other.gets()
        await asyncio.sleep(3600)
        assert (one.failed, other.failed) == ([], [])
        one.transports.keep_alive(hop, None)
        await asyncio.sleep(700)
        assert hop in one.failed


async def test_a_peer_that_does_not_answer_pings_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        async with an_end("TCP") as end:
            hop = Hop("TCP", end.point, Address(*mute.getsockname()))
            end.transports.send(message(), hop)
            end.transports.keep_alive(hop, 30)
            await asyncio.sleep(45)
            assert end.failed == [hop]
            await asyncio.sleep(100)
            assert end.failed == [hop]  # and nobody pings any more


async def test_half_open_tls_handshakes_are_cut(tmp_path: Path) -> None:
    async with (
        an_end("TLS", TlsSettings(*Authority(tmp_path).issue("127.0.0.1"))) as end,
        a_client(end) as (silent, _),
        a_client(end) as (begun, writer),
    ):
        writer.write(bytes.fromhex("1603010200010001fc0303"))  # the first octets of a ClientHello
        assert await cut_after(silent) == 10
        assert await cut_after(begun) == 0
        assert holds_nothing(end)


@pytest.mark.parametrize("first", [UPGRADE[:-2], b"GET /", b""])
async def test_a_web_socket_handshake_that_is_not_completed_is_cut(first: bytes) -> None:
    async with an_end("WS") as end, a_client(end) as (reader, writer):
        writer.write(first)
        assert await cut_after(reader) == 10


async def test_a_frame_one_octet_at_a_time_is_cut() -> None:
    async with an_end("WS") as end, a_client(end) as (reader, writer), asyncio.TaskGroup() as tasks:
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        slowly = tasks.create_task(drip(writer, b"\x81\xfe\x40\x00\0\0\0\0" + bytes(500), 1.0))
        assert await cut_after(reader) == 11
        slowly.cancel()
        assert end.received == []


async def test_fragments_without_end_are_cut() -> None:
    async with an_end("WS") as end, a_client(end) as (reader, writer), asyncio.TaskGroup() as tasks:
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        empty_fragment = b"\0\x80\0\0\0\0"
        slowly = tasks.create_task(drip(writer, b"\x01\x80\0\0\0\0" + empty_fragment * 50, 0.1))
        assert await cut_after(reader) in (10, 11)
        slowly.cancel()
        assert end.transports.census().buffered == 0
