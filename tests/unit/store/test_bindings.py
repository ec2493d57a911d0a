"""Bindings go through the writer's thread: the newest state of each, kept also over a database that fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.store.bindings import bindings, bound
from tests.unit.store.records import begun
from voicecore.errors import Unavailable
from voicecore.store import writer
from voicecore.store.binding_backlog import BindingBacklog, Changes
from voicecore.store.bindings import BindingRecord
from voicecore.store.database import Database
from voicecore.store.spool import Spool
from voicecore.store.sql import SqlCallStore
from voicecore.store.sql_bindings import SqlBindingReader
from voicecore.store.writer import Writer


@pytest.fixture(name="database")
def _database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "calls.db", query_only=False)
    database.migrate()
    yield database
    database.close()


@settings(deadline=None, max_examples=30)
@given(st.lists(bindings, max_size=4, unique_by=lambda one: one.id))
def test_any_bindings_are_read_back_as_they_were_written(records: list[BindingRecord]) -> None:
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "calls.db", query_only=False)
        database.migrate()
        database.change_bindings({one.id: one for one in records})
        assert database.bindings() == sorted(records, key=lambda one: (one.aor.encode(), one.id.encode()))
        database.close()


def test_a_binding_is_replaced_and_removed_by_its_id(database: Database) -> None:
    database.change_bindings({"a": bound("a"), "b": bound("b")})
    later = bound("a", seconds=900)
    database.change_bindings({"a": later, "b": None, "never there": None})
    assert database.bindings() == [later]


def test_more_removals_than_one_statement_holds(database: Database) -> None:
    many = [f"{number:04}" for number in range(1201)]
    database.change_bindings({id: bound(id) for id in many})
    database.change_bindings(dict.fromkeys(many[1:]))
    assert [one.id for one in database.bindings()] == [many[0]]


def test_only_the_newest_change_of_a_binding_waits() -> None:
    backlog = BindingBacklog()
    assert backlog.put("a", bound("a"))
    assert not backlog.put("a", bound("a", seconds=900))
    assert not backlog.put("b", None)
    taken = backlog.take()
    assert taken == {"a": bound("a", seconds=900), "b": None}
    assert backlog.take() == {}


def test_what_could_not_be_written_waits_behind_what_is_newer() -> None:
    backlog = BindingBacklog()
    backlog.put("a", bound("a"))
    backlog.put("b", bound("b"))
    taken = backlog.take()
    assert backlog.put("a", None)
    backlog.put_back(taken)
    assert backlog.take() == {"a": None, "b": bound("b")}


def test_after_a_failure_the_next_change_wakes_the_writer() -> None:
    backlog = BindingBacklog()
    backlog.put("a", bound("a"))
    backlog.put_back(backlog.take())
    assert backlog.put("b", None)


async def test_the_key_of_gruus_is_made_once_and_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/calls.db"
    async with SqlCallStore.open(url) as store:
        first = await store.bindings.gruu_key()
        assert await store.bindings.gruu_key() == first
    async with SqlCallStore.open(url) as store:
        assert await store.bindings.gruu_key() == first
    async with SqlCallStore.open(f"sqlite:///{tmp_path}/other.db") as store:
        assert await store.bindings.gruu_key() != first
    assert len(first) == 32


async def test_bindings_survive_a_restart_of_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/calls.db"
    async with SqlCallStore.open(url) as store:
        store.bindings.keep(bound("a"))
        store.bindings.keep(bound("b"))
        store.bindings.forget("b")
    async with SqlCallStore.open(url) as store, SqlBindingReader.open(url) as reader:
        assert await store.bindings.bindings() == [bound("a")]
        assert await reader.bindings() == [bound("a")]


def test_many_changes_share_a_commit(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Changes] = []
    monkeypatch.setattr(database, "change_bindings", written.append)

    async def change() -> None:
        shared = Writer(database, Spool(tmp_path / "spool"))
        for number in range(100):
            shared.change_binding(str(number % 10), bound(str(number % 10), seconds=number))
        shared.start()
        await shared.stop()

    asyncio.run(change())
    assert [len(changes) for changes in written] == [10]


def test_a_full_queue_loses_no_binding(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "QUEUE_SIZE", 1)

    async def change() -> None:
        full = Writer(database, Spool(tmp_path / "spool"))
        full.begin(begun("a"))
        full.change_binding("a", bound("a"))
        full.start()
        await full.stop()

    asyncio.run(change())
    assert database.bindings() == [bound("a")]


def test_a_failing_database_keeps_bindings_waiting(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()
    change_bindings = database.change_bindings

    def fail_once(changes: Changes) -> None:
        if not failed.is_set():
            failed.set()
            raise Unavailable("the disk is full")
        change_bindings(changes)

    monkeypatch.setattr(database, "change_bindings", fail_once)

    async def change() -> None:
        failing = Writer(database, Spool(tmp_path / "spool"))
        failing.start()
        failing.change_binding("a", bound("a"))
        await asyncio.to_thread(failed.wait)
        failing.change_binding("b", bound("b"))
        await failing.stop()

    asyncio.run(change())
    assert [one.id for one in database.bindings()] == ["a", "b"]


def test_a_binding_that_the_database_refuses_holds_up_no_other(database: Database, tmp_path: Path) -> None:
    async def change() -> None:
        refusing = Writer(database, Spool(tmp_path / "spool"))
        refusing.change_binding("a", bound("a"))
        refusing.change_binding("bad", replace(bound("bad"), cseq=2**70))
        refusing.start()
        await refusing.stop()

    asyncio.run(change())
    assert database.bindings() == [bound("a")]
