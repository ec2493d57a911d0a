from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.store.records import START, begun, finished
from voicecore.ids import CallId
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "calls.db", query_only=False)
    database.migrate()
    yield database
    database.close()


def checkpoint(call: str, state: str = "{}", minutes: int = 0, caller: str = "alice@192.0.2.7") -> Checkpoint:
    return Checkpoint(CallId(call), "flows:main", caller, START + timedelta(minutes=minutes), state)


def take(database: Database, caller: str = "alice@192.0.2.7", minutes: int = -60) -> Checkpoint | None:
    return database.take_checkpoint("flows:main", caller, START + timedelta(minutes=minutes))


def crash(database: Database, *calls: str) -> None:
    database.write([begun(call) for call in calls], [])
    database.interrupt_unfinished()


def test_the_newest_of_an_interrupted_call_is_given_once(database: Database) -> None:
    database.keep_checkpoint(checkpoint("a", "1"))
    database.keep_checkpoint(checkpoint("a", "2"))
    database.keep_checkpoint(checkpoint("b", "3", minutes=-5))
    crash(database, "a", "b")
    assert [take(database), take(database), take(database)] == [
        checkpoint("a", "2"),
        checkpoint("b", "3", minutes=-5),
        None,
    ]


def test_a_call_that_ended_needs_none(database: Database) -> None:
    database.keep_checkpoint(checkpoint("a"))
    database.write([], [finished("a")])
    assert take(database) is None
    database.interrupt_unfinished()
    assert take(database) is None


def test_one_that_runs_is_not_taken_from(database: Database) -> None:
    database.write([begun("a")], [])
    database.keep_checkpoint(checkpoint("a"))
    assert take(database) is None


@pytest.mark.parametrize(("caller", "minutes"), [("bob@192.0.2.7", -60), ("alice@192.0.2.7", 1)])
def test_somebody_else_and_somebody_late_get_none(database: Database, caller: str, minutes: int) -> None:
    database.keep_checkpoint(checkpoint("a"))
    crash(database, "a")
    assert take(database, caller, minutes) is None
