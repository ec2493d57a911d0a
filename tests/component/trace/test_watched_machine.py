"""A machine with real sockets that is watched: what a phone sends is copied to Homer and counted."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.component.trace.test_exposition import ask
from tests.unit.trace.hep_packet import read
from voicecore.app.machine import machine
from voicecore.app.seeing import Seeing, seen_by
from voicecore.calls.active_call import Script
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.config.settings import (
    Endpoint,
    Listen,
    MediaSettings,
    MetricsSettings,
    SipSettings,
    TraceSettings,
)
from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import Output, PeerFault
from voicecore.testing.memory_store import MemoryStore

OPTIONS = (
    b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK1\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:b@127.0.0.1>;tag=1\r\nTo: <sip:a@127.0.0.1>\r\nCall-ID: id\r\n"
    b"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    return made


def free_tcp_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def no_script(entry: NumberEntry) -> Script:
    raise AssertionError("nobody calls")


@pytest.mark.real_time
async def test_a_request_is_answered_copied_and_counted() -> None:
    loop, page = asyncio.get_running_loop(), free_tcp_port()
    with bound() as homer, bound() as phone:
        seeing = Seeing(
            TraceSettings(Endpoint(*homer.getsockname()), 7),
            MetricsSettings(Endpoint("127.0.0.1", page)),
            spooled=lambda: 5,
        )
        media = MediaSettings(("127.0.0.1",), 39_000, 39_019, workers=1)
        async with (
            asyncio.timeout(20),
            machine(
                SipSettings((Listen("udp", "127.0.0.1", 0),)),
                media,
                MemoryStore(),
                NumberTable([]),
                lambda engine: no_script,
                seeing=seeing,
            ) as running,
        ):
            await loop.sock_sendto(phone, OPTIONS % phone.getsockname()[1], running.listening[0].address)
            answer = await loop.sock_recv(phone, 65_535)
            copies = [read(await loop.sock_recv(homer, 65_535)) for _ in range(2)]
            said = await ask(Address("127.0.0.1", page), b"GET /metrics HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"SIP/2.0 ")
    assert [copy.payload for copy in copies] == [OPTIONS % copies[0].ports[0], answer]
    for line in (
        'voicecore_sip_requests_received_total{method="OPTIONS"} 1.0',
        "voicecore_hep_packets_sent_total 2.0",
        "voicecore_records_spooled 5.0",
        "voicecore_media_ports_free 10.0",
        "process_resident_memory_bytes ",
    ):
        assert f"\n{line}" in said.decode()


def test_a_watcher_is_told_after_the_owner_and_even_when_that_fails() -> None:
    told: list[str] = []

    def owner(output: Output) -> None:
        told.append("owner")
        raise RuntimeError

    tell = seen_by(owner, lambda output: told.append("watcher"))
    with pytest.raises(RuntimeError):
        tell(PeerFault("nonsense", Hop("UDP", Address("127.0.0.1", 1), Address("127.0.0.1", 2))))
    assert told == ["owner", "watcher"]


def test_without_watchers_nothing_stands_between() -> None:
    def owner(output: Output) -> None: ...

    assert seen_by(owner) is owner
