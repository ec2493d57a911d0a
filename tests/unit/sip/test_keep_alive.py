from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.hop import Address
from voicecore.sip.keep_alive import (
    BINDING_ERROR,
    BINDING_REQUEST,
    MAGIC_COOKIE,
    is_blank,
    is_stun,
    mapped_address,
    stun_answer,
)

TRANSACTION = bytes(range(12))
PEER = Address("192.0.2.1", 32853)


def stun(kind: int = BINDING_REQUEST, attributes: bytes = b"", transaction: bytes = TRANSACTION) -> bytes:
    return struct.pack("!HHI", kind, len(attributes), MAGIC_COOKIE) + transaction + attributes


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def test_a_binding_request_is_told_where_it_came_from() -> None:
    answer = stun_answer(stun(), PEER)
    assert answer is not None
    assert answer[:2] == b"\x01\x01"
    assert answer[8:20] == TRANSACTION
    assert mapped_address(answer) == PEER


def test_the_mapped_address_of_rfc_5769_is_read() -> None:
    # RFC 5769, 2.2 and 2.3: XOR-MAPPED-ADDRESS of the sample responses.
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    four = attribute(0x0020, bytes.fromhex("0001a147e112a643"))
    six = attribute(0x0020, bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"))
    assert mapped_address(stun(0x0101, four, transaction)) == Address("192.0.2.1", 32853)
    expected = Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)
    assert mapped_address(stun(0x0101, six, transaction)) == expected


def test_an_attribute_that_must_be_understood_and_is_not_gives_420() -> None:
    answer = stun_answer(stun(attributes=attribute(0x7777, b"abc") + attribute(0x8022, b"phone")), PEER)
    assert answer is not None
    assert struct.unpack("!H", answer[:2])[0] == BINDING_ERROR
    assert b"\x04\x14Unknown Attribute" in answer
    assert answer.endswith(b"\x00\x0a\x00\x02\x77\x77\x00\x00")


def test_credentials_and_optional_attributes_are_passed_over() -> None:
    attributes = attribute(0x8022, b"phone") + attribute(0x0006, b"user") + attribute(0x0008, bytes(20))
    answer = stun_answer(stun(attributes=attributes), PEER)
    assert answer is not None
    assert mapped_address(answer) == PEER


@pytest.mark.parametrize(
    "datagram",
    [
        stun(0x0011),  # an indication wants no answer
        stun(0x0101),
        stun()[:-1],
        stun() + b"\0\0\0\0",
        stun(attributes=b"\x80\x22\0\x08abcd"),
        stun().replace(b"\x21\x12\xa4\x42", b"\0\0\0\0"),
        b"OPTIONS sip:x SIP/2.0\r\n",
    ],
)
def test_everything_else_is_not_answered(datagram: bytes) -> None:
    assert stun_answer(datagram, PEER) is None


def test_blank_datagrams_are_known() -> None:
    assert all(map(is_blank, (b"", b"\r\n", b"\r\n\r\n", b"\0\0\0\0")))
    assert not is_blank(b"x\r\n")
    assert not is_stun(b"\x01" * 20)


_hosts = st.ip_addresses().map(str)


@given(_hosts, st.integers(1, 65535), st.binary(min_size=12, max_size=12))
def test_any_source_is_told_truly(host: str, port: int, transaction: bytes) -> None:
    answer = stun_answer(stun(transaction=transaction), Address(host, port))
    assert answer is not None
    assert mapped_address(answer) == Address(host, port)


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda rest: stun(attributes=rest)))
def test_any_bytes_are_answered_shortly_or_not_at_all(datagram: bytes) -> None:
    answer = stun_answer(datagram, PEER)
    mapped_address(datagram)
    if answer is not None:
        assert is_stun(answer)
        assert len(answer) <= len(datagram) + 40
        assert int.from_bytes(answer[2:4]) == len(answer) - 20
