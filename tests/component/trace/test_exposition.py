"""The page that Prometheus reads, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvloop
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from voicecore.errors import Unavailable
from voicecore.sip.hop import Address
from voicecore.trace.exposition import CONNECTIONS, LONGEST_REQUEST, MetricsServer

pytestmark = pytest.mark.real_time


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[MetricsServer, Address]]:
    registry = CollectorRegistry()
    Counter("apples", "Apples eaten", registry=registry).inc(3)
    server = MetricsServer(registry)
    try:
        yield server, await server.listen("127.0.0.1", 0)
    finally:
        server.close()


async def ask(address: Address, *parts: bytes) -> bytes:
    """Everything that the server says before it ends the connection."""
    reader, writer = await asyncio.open_connection(*address)
    for part in parts:
        writer.write(part)
    said = await rest(reader)
    writer.close()
    return said


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Nothing when the server cut the connection off."""
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""


def test_the_page_is_served_by_the_loop_that_the_server_runs_in() -> None:
    async def served() -> bytes:
        async with serving() as (_, address):
            return await ask(address, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(served()).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_prometheus_finds_the_metrics() -> None:
    async with serving() as (_, address):
        said = await ask(address, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    families = text_string_to_metric_families(body.decode())
    assert ("apples_total", 3.0) in [(one.name, one.value) for family in families for one in family.samples]


async def test_a_request_may_come_in_pieces() -> None:
    async with serving() as (_, address):
        reader, writer = await asyncio.open_connection(*address)
        for piece in (b"GET /met", b"rics?a HTTP/1.1\r", b"\n\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.001)  # so that the pieces do not meet in one read
        said = await rest(reader)
        writer.close()
    assert said.startswith(b"HTTP/1.1 200")


async def test_the_format_is_the_one_that_was_asked_for() -> None:
    async with serving() as (_, address):
        said = await ask(
            address, b"GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n"
        )
    assert b"Content-Type: application/openmetrics-text" in said
    assert said.endswith(b"# EOF\n")


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET / HTTP/1.1", b"404"),
        (b"POST /metrics HTTP/1.1", b"405"),
        (b"\xff\x00", b"400"),
        (b"GET /metrics", b"400"),
    ],
)
async def test_anything_else_is_refused(request_head: bytes, status: bytes) -> None:
    async with serving() as (_, address):
        assert (await ask(address, request_head + b"\r\n\r\n")).split(b" ")[1] == status


async def test_a_request_without_end_is_cut_off() -> None:
    async with serving() as (_, address):
        assert await ask(address, b"x" * (LONGEST_REQUEST + 1)) == b""


async def test_connections_are_bounded_and_closed_with_the_server() -> None:
    async with serving() as (server, address):
        idle = [await asyncio.open_connection(*address) for _ in range(CONNECTIONS)]
        assert await ask(address, b"GET /metrics HTTP/1.1\r\n\r\n") == b""
        assert len(server.connections) == CONNECTIONS
        server.close()
        assert [await rest(reader) for reader, _ in idle] == [b""] * CONNECTIONS
        for _, writer in idle:
            writer.close()


async def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host, port = taken.getsockname()
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
            await MetricsServer(CollectorRegistry()).listen(host, port)
