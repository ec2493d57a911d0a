from __future__ import annotations

import asyncio

import pytest
import uvloop

from tests.component.transport.ends import PATIENCE, a_client, an_end, is_cut, message
from voicecore.sip.hop import Address, Hop
from voicecore.transport.connection_limits import ConnectionLimits

pytestmark = pytest.mark.real_time


async def test_one_byte_at_a_time_gives_the_message() -> None:
    async with an_end("TCP") as end, a_client(end) as (_, writer):
        for octet in message(body=b"abc"):
            writer.write(bytes([octet]))
            await writer.drain()
        assert await end.gets() == [message(body=b"abc")]
        remote = Address(*writer.get_extra_info("sockname"))
        assert end.received[0][1] == Hop("TCP", end.point, remote)


async def test_two_messages_in_one_segment_are_answered_on_their_connection() -> None:
    async with an_end("TCP") as end, a_client(end) as (reader, writer):
        writer.write(message("OPTIONS") + message("INFO"))
        assert await end.gets(2) == [message("OPTIONS"), message("INFO")]
        end.transports.send(b"SIP/2.0 200 OK\r\n\r\n", end.received[1][1])
        assert await reader.readuntil(b"\r\n\r\n") == b"SIP/2.0 200 OK\r\n\r\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_connection_of_ours_is_used_in_both_directions(host: str) -> None:
    async with an_end("TCP", host=host) as one, an_end("TCP", host=host) as other:
        hop = one.hop_to(other)
        for name in ("INVITE", "INFO"):
            one.transports.send(message(name), hop)
        await other.gets(2)
        back = other.received[0][1]
        assert back.remote != one.point  # from a port of its own
        other.transports.send(message("BYE"), back)
        assert await one.gets() == [message("BYE")]
        assert one.received[0][1] == hop
        assert one.transports.census().connections == 1
        assert other.transports.census().connections == 1


async def test_nobody_there_is_told() -> None:
    async with an_end("TCP") as one:
        async with an_end("TCP") as other:
            hop = one.hop_to(other)
        one.transports.send(message(), hop)
        assert await one.hears_of_failure() == hop
        assert one.transports.census().connections == 0


async def test_a_connection_that_the_peer_closes_is_told_and_opened_again() -> None:
    async with an_end("TCP") as one:
        async with an_end("TCP") as other:
            hop = one.hop_to(other)
            one.transports.send(message("INVITE"), hop)
            await other.gets()
        assert await one.hears_of_failure() == hop
        async with an_end("TCP", port=hop.remote.port) as again:
            one.transports.send(message("INFO"), hop)
            assert await again.gets() == [message("INFO")]


async def test_a_full_queue_of_a_connection_that_does_not_open_yet_is_told() -> None:
    async with an_end("TCP", limits=ConnectionLimits(queued=2)) as one, an_end("TCP") as other:
        hop = one.hop_to(other)
        for _ in range(3):
            one.transports.send(message(), hop)
        assert one.failed == [hop]
        await other.gets(2)


async def test_a_request_that_cannot_be_framed_is_answered_and_the_connection_closed() -> None:
    async with an_end("TCP") as end, a_client(end) as (reader, writer):
        writer.write(message().replace(b"Content-Length: 0", b"Content-Length: x"))
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        assert answer.startswith(b"SIP/2.0 400 Malformed Content-Length\r\n")
        assert end.received == []


async def test_a_ping_is_answered() -> None:
    async with an_end("TCP") as end, a_client(end) as (reader, writer):
        writer.write(b"\r\n\r\n")
        assert await asyncio.wait_for(reader.readexactly(2), PATIENCE) == b"\r\n"


async def test_a_peer_that_does_not_read_is_cut() -> None:
    limits = ConnectionLimits(write_buffer=100_000)
    async with an_end("TCP", limits=limits) as end, a_client(end) as (_, writer):
        writer.write(message())
        await end.gets()
        hop = end.received[0][1]
        for _ in range(1000):
            if end.failed:
                break
            end.transports.send(message(body=bytes(60_000)), hop)
            await asyncio.sleep(0)
        assert end.failed[0] == hop
        assert end.transports.census().unsent == 0


async def test_when_it_is_full_the_oldest_that_said_nothing_makes_room() -> None:
    async with (
        an_end("TCP", limits=ConnectionLimits(connections=2)) as end,
        a_client(end) as (_, speaker),
        a_client(end) as (silent, _),
    ):
        speaker.write(message())
        await end.gets()
        async with a_client(end) as (_, writer):
            assert await is_cut(silent)
            writer.write(message("INFO"))
            assert await end.gets(2) == [message(), message("INFO")]


async def test_a_source_with_too_many_connections_is_refused() -> None:
    async with (
        an_end("TCP", limits=ConnectionLimits(per_source=1)) as end,
        a_client(end) as (_, first),
        a_client(end) as (refused, _),
    ):
        assert await is_cut(refused)
        first.write(message())
        await end.gets()


async def test_who_is_not_admitted_is_cut_before_anything_is_read() -> None:
    async with an_end("TCP", admits=lambda hop: False) as end, a_client(end) as (reader, _):
        assert await is_cut(reader)
        assert end.failed == []


def test_uvloop_carries_it_as_well() -> None:
    async def body() -> None:
        await test_a_connection_of_ours_is_used_in_both_directions("127.0.0.1")
        await test_nobody_there_is_told()
        await test_a_peer_that_does_not_read_is_cut()
        await test_a_request_that_cannot_be_framed_is_answered_and_the_connection_closed()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(body())
