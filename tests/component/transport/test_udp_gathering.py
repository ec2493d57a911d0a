from __future__ import annotations

import asyncio
import socket
from itertools import count
from unittest.mock import Mock

import pytest

from voicecore.sip.hop import Address
from voicecore.transport.gathering import LONGEST_S
from voicecore.transport.listening_point import ListeningPoint, bound_socket
from voicecore.transport.udp_socket import BATCH, UNSENT, UdpSocket

pytestmark = pytest.mark.real_time

HERE = ListeningPoint("UDP", Address("127.0.0.1", 0))


class Reading:
    """A socket that gathers for `gather_s`, and what it read."""

    def __init__(self, expected: int) -> None:
        self.gather_s, self.got = 0.0, list[bytes]()
        self.expect(expected)
        self.bound = bound_socket(HERE)
        self.udp = UdpSocket(self.bound, self._take, lambda: self.gather_s)

    def expect(self, number: int) -> None:
        self._expected, self.all = number, asyncio.Event()

    def _take(self, data: bytes, local: Address, peer: Address) -> None:
        self.got.append(data)
        if len(self.got) == self._expected:
            self.all.set()
        if data == b"bug":
            raise RuntimeError("a bug")


async def test_what_gathered_is_read_in_the_order_in_which_it_came() -> None:
    sent = [b"%d" % number for number in range(3 * BATCH)]
    reading = Reading(len(sent))
    reading.gather_s = LONGEST_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        for datagram in sent:
            phone.sendto(datagram, reading.udp.local)
        await reading.all.wait()
    reading.udp.close()
    assert reading.got == sent


async def test_a_socket_that_gathered_reads_at_once_when_there_is_time_again() -> None:
    reading = Reading(1)
    reading.gather_s = LONGEST_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(b"1", reading.udp.local)
        await reading.all.wait()
        assert not asyncio.get_running_loop().remove_reader(reading.bound)  # a timer reads
        reading.gather_s = 0.0
        reading.expect(2)
        phone.sendto(b"2", reading.udp.local)
        await reading.all.wait()
    assert asyncio.get_running_loop().remove_reader(reading.bound)
    reading.udp.close()


async def test_an_error_in_the_work_on_one_datagram_does_not_end_the_reading() -> None:
    reading = Reading(2)
    reading.gather_s = LONGEST_S
    problems = list[object]()
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: problems.append(context["exception"])
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(b"bug", reading.udp.local)
        phone.sendto(b"2", reading.udp.local)
        await reading.all.wait()
    reading.udp.close()
    assert reading.got == [b"bug", b"2"]
    assert [str(problem) for problem in problems] == ["a bug"]


async def test_the_time_of_gathering_is_not_called_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(1)
    reading.gather_s = LONGEST_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(b"1", reading.udp.local)
        await reading.all.wait()
    monkeypatch.setattr("voicecore.transport.udp_socket.waited_s", lambda bound: LONGEST_S + 0.3)
    assert reading.udp.waited_s() == pytest.approx(0.3)
    monkeypatch.setattr("voicecore.transport.udp_socket.waited_s", lambda bound: LONGEST_S / 2)
    assert reading.udp.waited_s() == 0.0
    reading.udp.close()


async def test_what_finds_no_room_in_the_kernel_goes_out_later_in_order() -> None:
    reading = Reading(0)
    full = count()
    gone, all_gone = list[bytes](), asyncio.Event()

    def sendto(data: bytes, peer: Address) -> int:
        if next(full) < 3:
            raise BlockingIOError
        gone.append(data)
        if len(gone) == UNSENT:
            all_gone.set()
        return len(data)

    real, reading.udp._socket = reading.bound, Mock(wraps=reading.bound, sendto=sendto)
    for number in range(UNSENT):
        reading.udp.send(b"%d" % number, Address("127.0.0.1", 9))
    await all_gone.wait()
    reading.udp._socket = real
    reading.udp.close()
    assert gone == [b"%d" % number for number in range(UNSENT)]


async def test_a_name_is_no_address_to_send_to() -> None:
    reading = Reading(0)
    with pytest.raises(ValueError, match=r"phone\.example"):
        reading.udp.send(b"1", Address("phone.example", 5060))
    reading.udp.close()
