from __future__ import annotations

import socket

import pytest

from tests.interop.phones.ports import ADDRESS, Ports, free_ports, is_free

FIRST = 9_600


def test_ports_come_in_a_row_and_by_fours() -> None:
    first, second = free_ports(6), free_ports()
    assert first % 4 == second % 4 == 0
    assert second not in range(first, first + 6)
    assert all(is_free(port) for port in range(first, first + 6))


def test_what_is_kept_is_not_given_out_until_it_is_given_back() -> None:
    ports = Ports(FIRST, 16)
    kept = ports.take(8, kept=True)
    others = {ports.take(4) for _ in range(6)}
    assert not others & set(range(kept, kept + 8))
    assert len(others) == 2
    ports.give_back(kept)
    assert kept in {ports.take(4) for _ in range(4)}


def test_a_port_that_a_program_holds_is_passed_over() -> None:
    ports = Ports(FIRST, 8)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program:
        program.bind((ADDRESS, FIRST + 1))
        assert {ports.take(4) for _ in range(3)} == {FIRST + 4}


def test_more_than_there_are_is_an_error() -> None:
    with pytest.raises(OSError, match="no 12 free ports"):
        Ports(FIRST, 8).take(12)
