"""After the talk with a person, the caller says how it was: a mark, and a word if he wants."""

from __future__ import annotations

from typing import Protocol

from ivr_apps.database import FILE, Database
from ivr_apps.handover import to_operator
from voicecore.ivr import Call, Choice, Message, NoChoice


class Opinions(Protocol):
    async def keep(self, call: str, mark: int, comment: str | None) -> None:
        """`comment` is the path of a recording."""


async def main(call: Call, operator: str, database: str = FILE) -> None:
    await call.answer()
    await call.play("welcome")
    if await to_operator(call, operator):
        await survey(call, SqliteOpinions(database), operator)


async def survey(call: Call, opinions: Opinions, operator: str = "") -> None:
    """Who says nothing is not asked twice; who is not content may talk to a person again."""
    marks = {str(mark): mark for mark in range(1, 6)}
    match await call.menu("survey_mark", options={**marks, "0": 0}, tries=1):
        case Choice(mark) if mark:
            await opinions.keep(call.id, mark, await word(call))
            await call.play("survey_thanks")
        case Choice():
            await to_operator(call, operator)
        case NoChoice():
            pass
    await call.play("goodbye")


async def word(call: Call) -> str | None:
    match await call.menu("survey_comment", options={"1": True, "2": False}, tries=1):
        case Choice(True):
            match await call.record(longest=60):
                case Message(path, spoken=True):
                    return path
        case Choice(False) | NoChoice():
            pass
    return None


SCHEMA = """
CREATE TABLE IF NOT EXISTS opinions (
    call TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP, mark INTEGER, comment TEXT)
"""


class SqliteOpinions:
    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def keep(self, call: str, mark: int, comment: str | None) -> None:
        sql = "INSERT OR REPLACE INTO opinions (call, mark, comment) VALUES (?, ?, ?)"
        await self._database.change(sql, call, mark, comment)
