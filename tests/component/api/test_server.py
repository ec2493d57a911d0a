"""The server over real sockets: it starts or says why not, ends with its block, and outlasts slow and many clients."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.component.transport.certificates import Authority
from tests.unit.api.calls import ended, id_of, sound_of
from tests.unit.api.site import UNHURRIED, Site, site
from voicecore.api import connection, server
from voicecore.api.server import Place, opened, serving
from voicecore.api.settings import ApiSettings
from voicecore.clock import Clock
from voicecore.errors import Unavailable
from voicecore.sip.hop import Address

pytestmark = pytest.mark.real_time
ANYWHERE = Address("127.0.0.1", 0)


@asynccontextmanager
async def served(folder: Path, settings: ApiSettings = UNHURRIED) -> AsyncIterator[tuple[Site, Place]]:
    with opened(replace(settings, listen=ANYWHERE)) as place:
        at = replace(settings, listen=place.address)
        made = site(folder, at, clock=Clock(asyncio.get_running_loop().time))
        async with serving(made.app, place):
            yield made, place


async def said(place: Place, *parts: bytes) -> bytes:
    """Everything that the server says before it ends the connection."""
    reader, writer = await asyncio.open_connection(*place.address)
    answer = b""
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(20):
            answer = await reader.read()
    writer.close()
    return answer


async def test_it_answers_and_leaves_the_signals_to_the_program(tmp_path: Path) -> None:
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    async with served(tmp_path) as (_, place), httpx.AsyncClient(base_url=place.url) as client:
        assert (await client.get("/api/v1/health")).json()["status"] == "ok"
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == handlers
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*place.address)


async def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(*taken.getsockname())
        with pytest.raises(Unavailable, match=rf"{address}.*\[api\] listen"), opened(ApiSettings(address)):
            pytest.fail("bound twice")


async def test_a_certificate_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    settings = ApiSettings(ANYWHERE, certificate=tmp_path / "no.pem", key=tmp_path / "no.key")
    with pytest.raises(Unavailable, match=r"\[api\] certificate"), opened(settings):
        pytest.fail("opened")


async def test_it_speaks_tls_where_it_has_a_certificate(tmp_path: Path) -> None:
    signed_by = Authority(tmp_path / "tls")
    ours = signed_by.issue("localhost")
    settings = replace(UNHURRIED, certificate=ours.certificate, key=ours.key)
    trust = ssl.create_default_context(cafile=signed_by.ca)
    async with served(tmp_path, settings) as (_, place):
        url = f"https://localhost:{place.address.port}"
        async with httpx.AsyncClient(base_url=url, verify=trust, headers={"Origin": url}) as client:
            cookie = (await client.post("/api/v1/session", json={})).headers["set-cookie"]
    assert cookie.startswith("__Host-voicecore_session=")
    assert "Secure" in cookie


async def test_a_handshake_that_does_not_come_to_its_end_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_PATIENCE_S", 0.05)
    ours = Authority(tmp_path / "tls").issue("localhost")
    settings = replace(UNHURRIED, certificate=ours.certificate, key=ours.key)
    async with served(tmp_path, settings) as (_, place):
        assert await said(place, b"\x16\x03\x01") == b""


async def test_a_recording_comes_whole_and_in_parts(tmp_path: Path) -> None:
    async with served(tmp_path) as (made, place):
        made.kept.files.append(ended(1, tmp_path))
        whole = sound_of(made.kept.files[0])
        path = f"/api/v1/calls/{id_of(1)}/recordings/1"
        async with httpx.AsyncClient(base_url=place.url) as client:
            await client.post("/api/v1/session", json={})
            assert (await client.get(path)).content == whole
            part = await client.get(path, headers={"Range": "bytes=1000-1999"})
            assert (part.status_code, part.content) == (206, whole[1000:2000])
            head = await client.head(path)
            assert (head.headers["content-length"], head.content) == (str(len(whole)), b"")


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
async def test_a_head_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(connection, "HEAD_PATIENCE_S", 0.05)
    async with served(tmp_path) as (_, place):
        assert await said(place, begun) == b""


async def test_a_second_head_that_does_not_come_is_not_waited_for_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_PATIENCE_S", 0.05)
    async with served(tmp_path) as (_, place):
        reader, writer = await asyncio.open_connection(*place.address)
        writer.write(b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"}")
        writer.write(b"GET /api/v1/hea")
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()


async def test_connections_are_bounded(tmp_path: Path) -> None:
    limits = replace(UNHURRIED.limits, connections=4)
    async with served(tmp_path, replace(UNHURRIED, limits=limits)) as (_, place):
        idle = [await asyncio.open_connection(*place.address) for _ in range(4)]
        await asyncio.sleep(0)
        assert await said(place, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == b""
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n\r\n", b"421"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"400"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", b"421"),
    ],
)
async def test_nonsense_is_refused(tmp_path: Path, request_: bytes, status: bytes) -> None:
    async with served(tmp_path) as (_, place):
        assert (await said(place, request_)).startswith(b"HTTP/1.1 " + status)


async def test_a_head_without_end_is_cut_off(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, place):
        answer = await said(place, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", *[b"x" * 100_000] * 10)
    assert answer[:12] in (b"", b"HTTP/1.1 400")


async def test_open_connections_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with asyncio.timeout(20):
        async with served(tmp_path) as (_, place):
            reader, writer = await asyncio.open_connection(*place.address)
            writer.write(b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n")
            await asyncio.sleep(0.01)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()


async def test_a_recording_that_nobody_reads_is_not_kept_waiting_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, ends = asyncio.Event(), connection.Connection.connection_lost

    def end(self: connection.Connection, exc: Exception | None) -> None:
        ends(self, exc)
        lost.set()

    monkeypatch.setattr(connection, "READ_PATIENCE_S", 0.05)
    async with served(tmp_path) as (made, place):
        file = ended(1, tmp_path)
        made.kept.files.append(file)
        with open(file.recordings[0].path, "ab") as sound:  # noqa: ASYNC230
            sound.truncate(64_000_000)
        async with httpx.AsyncClient(base_url=place.url) as client:
            await client.post("/api/v1/session", json={})
            cookie = f"voicecore_session={client.cookies['voicecore_session']}"
        monkeypatch.setattr(connection.Connection, "connection_lost", end)
        with socket.create_connection(place.address) as reader:
            path = f"/api/v1/calls/{id_of(1)}/recordings/1"
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
            async with asyncio.timeout(20):
                await lost.wait()
