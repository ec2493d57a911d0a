from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.store.records import finished
from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.spool import Spool


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep(finished("a"))
    assert spool.waiting(10) == [CallId("a")]
    assert spool.read(CallId("a")) == finished("a")


def test_a_removed_file_no_longer_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep(finished("a"))
    spool.remove(CallId("a"))
    assert spool.waiting(10) == []


def test_a_spool_that_was_never_needed_is_empty(tmp_path: Path) -> None:
    assert Spool(tmp_path / "spool").waiting(10) == []


def test_a_half_written_file_does_not_wait(tmp_path: Path) -> None:
    (tmp_path / "a.partial").write_text("{")
    assert Spool(tmp_path).waiting(10) == []


def test_a_damaged_file_is_a_value_error_and_can_be_set_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError):
        spool.read(CallId("a"))
    assert spool.refuse(CallId("a")).read_text() == "{"
    assert spool.waiting(10) == []


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file stands in the way")
    with pytest.raises(Unavailable):
        Spool(tmp_path / "spool").keep(finished("a"))
