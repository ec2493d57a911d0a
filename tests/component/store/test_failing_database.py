"""The database fails while calls run: their ends are spooled, and delivered when it works again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.store.records import begun, finished
from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.sql import SqlCallReader, SqlCallStore


@asynccontextmanager
async def failing(path: Path) -> AsyncIterator[None]:
    """While inside, the table of legs is not where the writer looks for it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("ALTER TABLE legs RENAME TO elsewhere")
    try:
        yield
    finally:
        connection.execute("ALTER TABLE elsewhere RENAME TO legs")
        connection.close()


def run(path: Path, steps: Callable[[SqlCallStore], Awaitable[None]]) -> None:
    async def main() -> None:
        async with SqlCallStore.open(f"sqlite:///{path}") as store:
            await steps(store)

    asyncio.run(main())


async def look(path: Path, name: str) -> bool:
    async with SqlCallReader.open(f"sqlite:///{path}") as reader:
        return await reader.call(name) is not None


def spooled(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.with_name(f"{path.name}.spool").glob("*"))


def test_a_record_that_the_database_refuses_is_spooled_and_delivered_by_the_next_success(
    tmp_path: Path,
) -> None:
    path = tmp_path / "calls.db"

    async def steps(store: SqlCallStore) -> None:
        async with failing(path):
            await store.finish(finished("a"))
            assert spooled(path) == ["a.json"]
        await store.finish(finished("b"))

    run(path, steps)
    assert spooled(path) == []
    run(path, lambda store: same(store, "a", "b"))


async def same(store: SqlCallStore, *names: str) -> None:
    for name in names:
        assert await store.call(name) == finished(name)


def test_a_spooled_record_is_delivered_by_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"

    async def steps(store: SqlCallStore) -> None:
        await store.begin(begun("a"))
        async with failing(path):
            await store.finish(finished("a"))

    run(path, steps)
    run(path, lambda store: same(store))
    assert spooled(path) == []
    run(path, lambda store: same(store, "a"))


def test_one_refused_record_does_not_hold_up_the_others(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    stray = replace(finished("bad"), events=finished("nobody").events)

    async def steps(store: SqlCallStore) -> None:
        async with asyncio.TaskGroup() as group:
            for file in (finished("a"), stray, finished("b")):
                group.create_task(store.finish(file))

    run(path, steps)
    run(path, lambda store: same(store, "a", "b"))
    assert spooled(path) == ["bad.refused"]


def test_a_damaged_spool_file_is_set_aside_and_the_others_are_delivered(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    run(path, lambda store: same(store))
    spool = tmp_path / "calls.db.spool"
    spool.mkdir()
    (spool / "x.json").write_text("{")

    async def steps(store: SqlCallStore) -> None:
        await store.finish(finished("a"))

    run(path, steps)
    run(path, lambda store: same(store, "a"))
    assert spooled(path) == ["x.refused"]


def test_when_the_spool_fails_too_the_writer_of_the_record_hears_of_it(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"

    async def steps(store: SqlCallStore) -> None:
        path.with_name("calls.db.spool").write_text("a file stands in the way")
        async with failing(path):
            with pytest.raises(Unavailable, match="spool"):
                await store.finish(finished("a"))
        await store.finish(finished("b"))
        await same(store, "b")

    run(path, steps)


def test_a_cancelled_finish_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"

    async def steps(store: SqlCallStore) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await store.finish(finished("a"))

    run(path, steps)
    run(path, lambda store: same(store, "a"))


def test_a_reader_sees_running_calls_and_leaves_them_alone(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"

    async def steps(store: SqlCallStore) -> None:
        await store.begin(begun("running"))
        await store.finish(finished("a"))
        assert await look(path, "run")
        running = await store.call(CallId("running"))
        assert running is not None
        assert running.call.end is None

    run(path, steps)


def test_a_prefix_of_two_calls_names_neither(tmp_path: Path) -> None:
    async def steps(store: SqlCallStore) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(store.finish(finished("ab")))
            group.create_task(store.finish(finished("ac")))
        assert await store.call("a") is None
        assert [call.id for call in await store.find("a")] == ["ac", "ab"]
        await same(store, "ab")

    run(tmp_path / "calls.db", steps)


def test_a_reader_without_a_database_is_told_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="voicecore serve"):
        asyncio.run(look(tmp_path / "calls.db", "a"))


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file stands in the way")
    with pytest.raises(Unavailable):
        run(tmp_path / "var" / "calls.db", lambda store: same(store))
