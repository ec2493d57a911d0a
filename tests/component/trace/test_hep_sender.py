"""Copies of SIP messages on their way to a Homer server, which here is a socket of the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.unit.trace.hep_packet import HepPacket, read
from voicecore.sip.hop import Address, Hop
from voicecore.sip.output import Heard, PeerFault, Transmit
from voicecore.trace import hep_link
from voicecore.trace.hep import Agent
from voicecore.trace.hep_link import DatagramLink
from voicecore.trace.hep_sender import TURN, HepSender

pytestmark = pytest.mark.real_time

US, PHONE = Address("127.0.0.1", 5060), Address("192.0.2.7", 40_000)
HOP = Hop("UDP", US, PHONE)
CALLS = {"first leg": "1a", "second leg": "1a"}


@pytest.fixture(name="server")
def _server() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.setblocking(False)
        yield made


def sender_to(server: socket.socket, queue: int = 100) -> HepSender:
    return HepSender(
        Address(*server.getsockname()), Agent(7, "key"), lambda: 1_790_000_000.5, CALLS.get, queue=queue
    )


async def arrived(server: socket.socket, count: int) -> list[HepPacket]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        return [read(await loop.sock_recv(server, 65_535)) for _ in range(count)]


async def test_what_is_heard_and_sent_arrives_with_its_direction(server: socket.socket) -> None:
    with closing(sender_to(server)) as sender:
        sender.receive(Heard(b"OPTIONS", HOP, "id"))
        sender.receive(PeerFault("nonsense", HOP))
        sender.receive(Transmit(b"SIP/2.0 200 OK", HOP, "id"))
        heard, sent = await arrived(server, 2)
        assert (heard.payload, heard.source, heard.target) == (b"OPTIONS", PHONE.host, US.host)
        assert (sent.payload, sent.source, sent.target) == (b"SIP/2.0 200 OK", US.host, PHONE.host)
        assert heard.ports == (40_000, 5060)
        assert (heard.correlation, heard.capture_id, heard.auth_key) == ("id", 7, "key")
        assert heard.microseconds == 1_790_000_000_500_000
        assert (sender.sent, sender.lost) == (2, 0)


async def test_all_legs_of_a_call_are_joined_by_its_id(server: socket.socket) -> None:
    with closing(sender_to(server)) as sender:
        for call_id in ("first leg", "second leg", "no call of ours"):
            sender.receive(Heard(b"BYE", HOP, call_id))
        assert [one.correlation for one in await arrived(server, 3)] == ["1a", "1a", "no call of ours"]


async def test_no_secret_leaves_the_house(server: socket.socket) -> None:
    with closing(sender_to(server)) as sender:
        sender.receive(Heard(b'REGISTER\r\nAuthorization: Digest response="6629"\r\n', HOP, "id"))
        (packet,) = await arrived(server, 1)
        assert b'response="****"' in packet.payload


async def test_nothing_is_sent_in_the_turn_of_the_call(server: socket.socket) -> None:
    with closing(sender_to(server)) as sender:
        sender.receive(Heard(b"OPTIONS", HOP, "id"))
        with pytest.raises(BlockingIOError):
            server.recv(1)
        assert len(await arrived(server, 1)) == 1


async def test_a_burst_takes_several_turns_and_arrives_in_order(server: socket.socket) -> None:
    with closing(sender_to(server)) as sender:
        for number in range(2 * TURN + 1):
            sender.receive(Heard(str(number).encode(), HOP, "id"))
        await asyncio.sleep(0)
        assert sender.sent == TURN
        packets = await arrived(server, 2 * TURN + 1)
        assert [int(packet.payload) for packet in packets] == list(range(2 * TURN + 1))


async def test_a_full_queue_drops_the_oldest_and_counts_it(server: socket.socket) -> None:
    with closing(sender_to(server, queue=2)) as sender:
        for number in range(5):
            sender.receive(Heard(str(number).encode(), HOP, "id"))
        packets = await arrived(server, 2)
        assert [packet.payload for packet in packets] == [b"3", b"4"]
        assert (sender.sent, sender.lost) == (2, 3)


async def test_a_server_that_is_not_there_costs_copies_and_nothing_else() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = Address(*probe.getsockname())
    with closing(HepSender(nobody, Agent(7), lambda: 0.0, CALLS.get)) as sender:
        for _ in range(10):
            sender.receive(Heard(b"OPTIONS", HOP, "id"))
            await asyncio.sleep(0.001)
        assert sender.sent + sender.lost == 10
        assert sender.lost > 0


async def test_a_socket_that_takes_nothing_is_waited_for(server: socket.socket) -> None:
    with closing(sender_to(server, queue=4)) as sender:
        link = sender._link
        assert isinstance(link, DatagramLink)
        real, full = link._socket, FullOnce(link._socket)
        link._socket = full  # type: ignore[assignment]
        sender.receive(Heard(b"OPTIONS", HOP, "id"))
        (packet,) = await arrived(server, 1)
        link._socket = real
        assert packet.payload == b"OPTIONS"
        assert (full.refused, sender.lost) == (1, 0)


async def packets_of(reader: asyncio.StreamReader, count: int) -> list[HepPacket]:
    """Each says itself how long it is."""
    found: list[HepPacket] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            head = await reader.readexactly(6)
            found.append(read(head + await reader.readexactly(int.from_bytes(head[4:], "big") - 6)))
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_over_tcp_copies_arrive_whole_and_again_after_a_break(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hep_link, "FIRST_WAIT_S", 0.01)
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *ends: connections.put_nowait(ends), host, 0)
    address = Address(*server.sockets[0].getsockname()[:2])
    async with server:
        with closing(HepSender(address, Agent(7), lambda: 0.0, CALLS.get, over_tcp=True)) as sender:
            sizes = [1, 2000, 60_000, 5, 60_000, 60_000, 60_000, 60_000, 7]
            for size in sizes:
                sender.receive(Heard(b"x" * size, HOP, "id"))
            reader, writer = await connections.get()
            assert [len(one.payload) for one in await packets_of(reader, len(sizes))] == sizes
            writer.close()
            reader, writer = await connections.get()
            sender.receive(Heard(b"again", HOP, "id"))
            assert (await packets_of(reader, 1))[0].payload == b"again"
            assert sender.lost == 0
            writer.close()


async def test_copies_wait_for_a_connection_and_are_dropped_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hep_link, "FIRST_WAIT_S", 0.01)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = Address(*probe.getsockname())
        with closing(HepSender(address, Agent(7), lambda: 0.0, CALLS.get, queue=2, over_tcp=True)) as sender:
            for number in range(5):
                sender.receive(Heard(str(number).encode(), HOP, "id"))
            await asyncio.sleep(0.05)
            assert (sender.sent, sender.lost) == (0, 3)
            connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
            server = await asyncio.start_server(
                lambda *ends: connections.put_nowait(ends), sock=listening(probe)
            )
            async with server:
                reader, writer = await connections.get()
                assert [one.payload for one in await packets_of(reader, 2)] == [b"3", b"4"]
                writer.close()
                await writer.wait_closed()


def listening(bound: socket.socket) -> socket.socket:
    """The same socket, now open to connections."""
    twin = bound.dup()
    twin.listen()
    return twin


class FullOnce:
    """A socket whose buffer is full at the first try."""

    def __init__(self, real: socket.socket) -> None:
        self.refused = 0
        self._real = real

    def send(self, data: bytes) -> int:
        if self.refused == 0:
            self.refused = 1
            raise BlockingIOError
        return self._real.send(data)

    def fileno(self) -> int:
        return self._real.fileno()
