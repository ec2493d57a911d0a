from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store.records import files, finished
from voicecore.store.records import CallFile
from voicecore.store.text import file_from_json, file_to_json, ladder_from_json, ladder_to_json


@given(files)
def test_a_file_survives_json(file: CallFile) -> None:
    assert file_from_json(file_to_json(file)) == file


@given(files)
def test_a_ladder_survives_json(file: CallFile) -> None:
    assert ladder_from_json(file.call.id, ladder_to_json(file.ladder)) == file.ladder


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr))
def test_text_that_is_no_file_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        file_from_json(text)


@given(st.data())
def test_a_truncated_file_is_a_value_error(data: st.DataObject) -> None:
    whole = file_to_json(finished("a"))
    with pytest.raises(ValueError):
        file_from_json(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_sip_messages_stay_readable() -> None:
    assert "INVITE" in file_to_json(finished("a"))
