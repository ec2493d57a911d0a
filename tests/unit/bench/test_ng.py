from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import ng

VALUES = st.recursive(
    st.integers() | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: ng.Value) -> None:
    assert ng.decode(ng.encode(value)) == value


@pytest.mark.parametrize("data", [b"", b"i5", b"9:abc", b"l", b"d1:a", b"i5ei6e", b"x"])
def test_what_is_cut_off_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ng.decode(data)
