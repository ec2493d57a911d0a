"""Nonces that prove themselves, and counts that are good once."""

from __future__ import annotations

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.nonce import NonceCounts, NonceMint

KEY = bytes(range(32))


def mint(realm: str = "example.org", key: bytes = KEY) -> NonceMint:
    serial = itertools.count(1)
    return NonceMint(realm, key, lambda size: next(serial).to_bytes(size, "big"), lifetime=300.0)


def test_a_nonce_is_known_again_for_as_long_as_it_lives() -> None:
    one = mint()
    nonce = one.make("192.0.2.7", 1000.0)
    assert nonce != one.make("192.0.2.7", 1000.0)
    assert one.issued(nonce, "192.0.2.7", 1300.0) == 1000.0
    assert one.issued(nonce, "192.0.2.7", 1300.1) is None


def test_a_nonce_is_good_only_where_it_was_given() -> None:
    nonce = mint().make("192.0.2.7", 0.0)
    assert mint().issued(nonce, "192.0.2.7", 0.0) == 0.0
    assert mint().issued(nonce, "192.0.2.8", 0.0) is None
    assert mint(realm="other").issued(nonce, "192.0.2.7", 0.0) is None
    assert mint(key=bytes(32)).issued(nonce, "192.0.2.7", 0.0) is None


@given(st.integers(0, 32), st.integers(1, 255))
def test_a_nonce_that_was_changed_is_not_ours(place: int, change: int) -> None:
    data = bytearray(base64.urlsafe_b64decode(mint().make("a", 5.0)))
    data[place] ^= change
    assert mint().issued(base64.urlsafe_b64encode(data).decode(), "a", 5.0) is None


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_other_text_is_ours(nonce: str, source: str) -> None:
    assert mint().issued(nonce, source, 0.0) is None


def test_a_count_is_good_once() -> None:
    counts = NonceCounts(10, 300.0)
    assert counts.use("n", 0.0, 1, 0.0)
    assert not counts.use("n", 0.0, 1, 0.0)
    assert counts.use("n", 0.0, 2, 0.0)
    assert counts.use("m", 0.0, 1, 0.0)


@given(st.lists(st.integers(0, 200), max_size=60))
def test_no_count_is_good_twice_in_any_order(numbers: list[int]) -> None:
    counts = NonceCounts(10, 300.0)
    used = [number for number in numbers if counts.use("n", 0.0, number, 0.0)]
    assert len(used) == len(set(used))


@given(st.permutations(range(1, 64)))
def test_requests_that_overtake_each_other_are_all_good(numbers: list[int]) -> None:
    counts = NonceCounts(10, 300.0)
    assert all(counts.use("n", 0.0, number, 0.0) for number in numbers)


def test_a_count_that_is_far_behind_is_not_good() -> None:
    counts = NonceCounts(10, 300.0)
    assert counts.use("n", 0.0, 0xFFFFFFFF, 0.0)
    assert not counts.use("n", 0.0, 1, 0.0)


def test_forgetting_makes_no_replay_possible() -> None:
    counts = NonceCounts(2, 300.0)
    for at in (1.0, 2.0, 3.0):
        assert counts.use(f"of {at}", at, 1, 3.0)
    assert len(counts) == 2
    assert not counts.use("of 1.0", 1.0, 1, 3.0)
    assert not counts.use("never used, but as old", 1.0, 1, 3.0)
    assert counts.use("newer", 2.5, 1, 3.0)


@pytest.mark.parametrize("limit", [1, 5, 1000])
def test_what_is_remembered_is_bounded_and_goes_with_time(limit: int) -> None:
    counts = NonceCounts(limit, 300.0)
    for number in range(3 * limit):
        counts.use(str(number), float(number), 1, float(number))
        assert len(counts) <= limit
    counts.use("last", 10_000.0, 1, 10_000.0)
    assert len(counts) == 1
