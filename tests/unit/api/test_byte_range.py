"""The Range field by RFC 9110, 14."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.api.byte_range import ByteRange, Unsatisfiable, asked_range


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        (None, None),
        ("bytes=0-499", ByteRange(0, 500)),
        ("bytes=500-999", ByteRange(500, 1000)),
        ("bytes=500-5000", ByteRange(500, 1000)),
        ("bytes=-1", ByteRange(999, 1000)),
        ("bytes=-5000", ByteRange(0, 1000)),
        ("bytes=999-", ByteRange(999, 1000)),
        ("Bytes= 0-0 ", ByteRange(0, 1)),
        ("bytes=1000-", Unsatisfiable(1000)),
        ("bytes=2000-3000", Unsatisfiable(1000)),
        ("bytes=-0", Unsatisfiable(1000)),
        # Nonsense is as good as nothing, and several ranges are not served.
        ("bytes=500-400", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=0-1,2-3", None),
        ("items=0-1", None),
        ("bytes=0-9999999999999999999999", None),
        ("", None),
    ],
)
def test_what_of_a_thousand_bytes_is_asked_for(field: str | None, asked: object) -> None:
    assert asked_range(field, 1000) == asked


@given(st.one_of(st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}"), st.text(max_size=40)), st.integers(0, 2000))
def test_a_range_lies_within_what_is_there(field: str, size: int) -> None:
    match asked_range(field, size):
        case ByteRange(first, end):
            assert 0 <= first < end <= size
        case Unsatisfiable(told):
            assert told == size


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 2000))
def test_it_is_the_slice_that_python_would_take(first: int, last: int, size: int) -> None:
    whole = bytes(index % 256 for index in range(size))
    match asked_range(f"bytes={first}-{last}", size):
        case ByteRange(start, end):
            assert whole[start:end] == whole[first : last + 1]
            assert ByteRange(start, end).content_range(size) == f"bytes {start}-{end - 1}/{size}"
        case _:
            assert last < first or first >= size
