from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest

from voicecore.transport.waiting import stamp_arrivals, waited_s


@pytest.fixture(name="bound")
def _bound() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        stamp_arrivals(bound)
        yield bound


def test_nothing_waits_in_a_quiet_socket(bound: socket.socket) -> None:
    assert waited_s(bound) == 0.0


def test_the_oldest_datagram_waits_until_it_is_read(bound: socket.socket) -> None:
    bound.sendto(b"first", bound.getsockname())
    select.select([bound], [], [])
    before = waited_s(bound)
    bound.sendto(b"second", bound.getsockname())
    assert 0.0 < before < waited_s(bound)
    assert bound.recv(100) == b"first"
    assert bound.recv(100) == b"second"
    assert waited_s(bound) == 0.0


def test_a_socket_that_is_closed_has_nothing_waiting(bound: socket.socket) -> None:
    bound.close()
    assert waited_s(bound) == 0.0
