from __future__ import annotations

import asyncio
import socket

import pytest

from tests.component.transport.ends import an_end, message
from voicecore.sip.hop import Address, Hop
from voicecore.sip.keep_alive import mapped_address

pytestmark = pytest.mark.real_time

BINDING_REQUEST = b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_stun_is_answered_blanks_are_dropped_and_sip_comes_through(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.bind((host, 0))
        own = Address(*phone.getsockname()[:2])
        async with an_end("UDP", host=host) as end:
            for datagram in (b"", b"\r\n", b"\r\n\r\n", b"\0", BINDING_REQUEST, message()):
                phone.sendto(datagram, end.point)
            assert await end.gets() == [message()]
            assert end.received[0][1] == Hop("UDP", end.point, own)
            answer = await asyncio.get_running_loop().sock_recv(phone, 2048)
            assert mapped_address(answer) == own


async def test_a_keep_alive_of_ours_is_a_line_end() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as carrier:
        carrier.setblocking(False)
        carrier.bind(("127.0.0.1", 0))
        async with an_end("UDP") as end:
            hop = Hop("UDP", end.point, Address(*carrier.getsockname()))
            end.transports.keep_alive(hop, 0.01)
            for _ in range(3):
                assert await asyncio.get_running_loop().sock_recv(carrier, 2048) == b"\r\n"
            end.transports.keep_alive(hop, None)
