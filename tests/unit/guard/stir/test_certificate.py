from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.guard.stir.certificate import TnAuthList, parse_tn_auth_list


def der(tag: int, content: bytes) -> bytes:
    length = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2, "big")
    return bytes([tag]) + length + content


def provider(code: str) -> bytes:
    return der(0xA0, der(0x16, code.encode()))


def numbers(first: str, count: int) -> bytes:
    size = count.bit_length() // 8 + 1
    return der(0xA1, der(0x30, der(0x16, first.encode()) + der(0x02, count.to_bytes(size, "big"))))


def one(number: str) -> bytes:
    return der(0xA2, der(0x16, number.encode()))


_CODES = st.lists(st.from_regex(r"[0-9A-Z]{1,4}", fullmatch=True), max_size=40)
_TELEPHONE = st.from_regex(r"[0-9]{1,15}", fullmatch=True)


@settings(max_examples=40)
@given(
    _CODES,
    st.lists(st.tuples(_TELEPHONE, st.integers(1, 1 << 40)), max_size=5),
    st.lists(_TELEPHONE, max_size=5),
)
def test_a_list_reads_back(codes: list[str], ranges: list[tuple[str, int]], ones: list[str]) -> None:
    parts = (
        [provider(code) for code in codes] + [numbers(*entry) for entry in ranges] + [one(n) for n in ones]
    )
    assert parse_tn_auth_list(der(0x30, b"".join(parts))) == TnAuthList(
        tuple(codes), tuple((len(first), int(first), count) for first, count in ranges), tuple(ones)
    )


@given(st.binary(max_size=60))
def test_any_octets_are_a_list_or_a_peers_fault(data: bytes) -> None:
    for octets in (data, der(0x30, data)):
        with suppress(PeerError):
            scope = parse_tn_auth_list(octets)
            assert not scope.covers("12155550121") or scope.provider_codes


def test_a_range_covers_its_numbers_and_no_longer_ones() -> None:
    scope = parse_tn_auth_list(der(0x30, numbers("12155550100", 100)))
    assert scope.covers("12155550100")
    assert scope.covers("12155550199")
    assert not scope.covers("12155550200")
    assert not scope.covers("12155550099")
    assert not scope.covers("121555501000")
    assert not scope.covers("")


def test_a_negative_count_covers_nothing() -> None:
    entry = der(0xA1, der(0x30, der(0x16, b"5") + der(0x02, b"\xff")))
    assert not parse_tn_auth_list(der(0x30, entry)).covers("5")


def test_a_providers_certificate_covers_every_number() -> None:
    assert parse_tn_auth_list(der(0x30, provider("709J"))).covers("12155550121")


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", der(0x30, b"")[:-1]]
)
def test_cut_short_is_malformed(data: bytes) -> None:
    with pytest.raises(PeerError):
        parse_tn_auth_list(data)
