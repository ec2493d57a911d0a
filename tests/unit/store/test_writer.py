from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.store.records import begun, finished
from voicecore.ids import CallId
from voicecore.store import writer
from voicecore.store.database import Database
from voicecore.store.records import CallFile, CallRecord
from voicecore.store.spool import Spool
from voicecore.store.writer import Writer


def test_with_a_full_queue_a_beginning_is_left_out_and_an_end_is_spooled_and_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "QUEUE_SIZE", 1)
    database = Database(tmp_path / "calls.db", query_only=False)
    database.migrate()
    spool = Spool(tmp_path / "spool")

    async def fill() -> None:
        full = Writer(database, spool)
        full.begin(begun("a"))
        full.begin(begun("left out"))
        await full.finish(finished("b"))
        assert spool.waiting(9) == [CallId("b")]
        full.start()
        await full.stop()

    asyncio.run(fill())
    assert [call.id for call in database.calls(9, None)] == ["b", "a"]
    assert spool.waiting(9) == []
    database.close()


def test_calls_that_end_together_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(tmp_path / "calls.db", query_only=False)
    database.migrate()
    batches: list[int] = []
    write = database.write

    def counted(begun: Sequence[CallRecord], ended: Sequence[CallFile]) -> None:
        batches.append(len(ended))
        write(begun, ended)

    monkeypatch.setattr(database, "write", counted)

    async def end_together() -> None:
        shared = Writer(database, Spool(tmp_path / "spool"))
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(shared.finish(finished(f"call{number}")))
            await asyncio.sleep(0)
            shared.start()
        await shared.stop()

    asyncio.run(end_together())
    assert batches == [20]
    database.close()
