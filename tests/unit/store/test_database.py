from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from sqlalchemy import create_engine, text

from tests.unit.store.records import begun, files, finished
from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.database import Database, RowRefused, WriterLock, path_of
from voicecore.store.records import CallEnd, CallFile, EventRecord


@pytest.fixture(name="database")
def _database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "calls.db", query_only=False)
    database.migrate()
    yield database
    database.close()


@settings(deadline=None, max_examples=30)
@given(file=files)
def test_any_file_is_read_back_as_it_was_written(file: CallFile) -> None:
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "calls.db", query_only=False)
        database.migrate()
        database.write([], [file])
        assert database.file(file.call.id) == file
        database.close()


def test_a_finish_needs_no_begin(database: Database) -> None:
    database.write([], [finished("a")])
    assert database.file(CallId("a")) == finished("a")


def test_delivering_twice_is_as_good_as_once(database: Database) -> None:
    database.write([], [finished("a")])
    database.write([], [finished("a")])
    assert database.file(CallId("a")) == finished("a")


def test_a_late_begin_does_not_reopen_a_finished_call(database: Database) -> None:
    database.write([], [finished("a")])
    database.write([begun("a")], [])
    assert database.file(CallId("a")) == finished("a")


def test_more_rows_than_one_statement_holds(database: Database) -> None:
    file = finished("a")
    events = tuple(EventRecord(CallId("a"), n, file.call.started, "digit", str(n)) for n in range(1201))
    database.write([], [CallFile(file.call, events=events)])
    found = database.file(CallId("a"))
    assert found is not None
    assert found.events == events


def test_pages_run_from_the_newest_call_to_the_oldest(database: Database) -> None:
    database.write([begun(name) for name in "abcde"], [])
    first = database.calls(2, None)
    assert [call.id for call in first] == ["e", "d"]
    assert [call.id for call in database.calls(9, first[-1].id)] == ["c", "b", "a"]


def test_a_prefix_is_no_pattern(database: Database) -> None:
    database.write([begun("1a"), begun("1b"), begun("2a")], [])
    assert [call.id for call in database.find("1", 5)] == ["1b", "1a"]
    assert database.find("%", 5) == []
    assert database.find("_a", 5) == []


def test_only_calls_without_an_end_are_interrupted(database: Database) -> None:
    database.write([begun("a")], [finished("b")])
    assert database.interrupt_unfinished() == 1
    assert [call.end for call in database.calls(5, None)] == [CallEnd.CALLER_HUNG_UP, CallEnd.INTERRUPTED]


def test_a_row_of_another_call_is_refused_and_nothing_is_kept(database: Database) -> None:
    stray = EventRecord(CallId("nobody"), 1, finished("a").call.started, "digit")
    with pytest.raises(RowRefused):
        database.write([], [finished("b"), CallFile(finished("a").call, events=(stray,))])
    assert database.calls(5, None) == []


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "calls.db").write_text("this is a shopping list, and a rather long one at that" * 99)
    database = Database(tmp_path / "calls.db", query_only=False)
    with pytest.raises(Unavailable, match="not a database"):
        database.migrate()
    database.close()


def test_a_database_of_a_newer_program_is_unavailable(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/calls.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    engine.dispose()
    database = Database(tmp_path / "calls.db", query_only=False)
    with pytest.raises(Unavailable, match="newer"):
        database.migrate()
    with pytest.raises(Unavailable, match="9999"):
        database.require_tables()
    database.close()


def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = WriterLock(tmp_path / "calls.db")
    with pytest.raises(Unavailable, match="another program"):
        WriterLock(tmp_path / "calls.db")
    first.release()
    WriterLock(tmp_path / "calls.db").release()


@pytest.mark.parametrize("url", ["", "calls.db", "sqlite://", "sqlite:///:memory:", "postgresql://a/b"])
def test_a_url_that_names_no_sqlite_file_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError):
        path_of(url)


def test_a_url_names_a_file() -> None:
    assert path_of("sqlite:///var/voicecore.db") == Path("var/voicecore.db")
    assert path_of("sqlite:////var/voicecore.db") == Path("/var/voicecore.db")
