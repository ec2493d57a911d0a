"""When everybody is busy: the caller is told so, and waits with music, asks for a call back, or leaves a message."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from ivr_apps.database import FILE, Database
from ivr_apps.handover import message
from voicecore.ivr import Answered, Asked, Call, Choice, DigitString, Named, NoChoice, first_of

PATIENCE_S = 60.0
"""Seconds of music between two questions whether the caller still wants to wait."""
ROUNDS = 10
"""Times that he is asked; then his number is taken, so that nobody waits for ever."""


class Callbacks(Protocol):
    async def request(self, number: str, language: str) -> None:
        """Somebody will call this number; a second request of the same number changes nothing."""


SEATS: Counter[str] = Counter()
"""Callers who talk with a group of people now, in this process; a new version of this file begins with none."""


async def main(call: Call, operator: str, seats: int = 5, database: str = FILE) -> None:
    """`seats`: callers that the people behind `operator` can talk with at a time."""
    await dissuade(call, operator, seats, SqliteCallbacks(database))


async def dissuade(call: Call, operator: str, seats: int, callbacks: Callbacks) -> None:
    await call.answer()
    await call.play("welcome")
    for _ in range(ROUNDS):
        if SEATS[operator] < seats and await connect(call, operator):
            return
        options = {"1": "wait", "2": "callback", "3": "message"}
        match await call.menu("all_busy_menu", options=options, tries=1):
            case Choice("callback"):
                break
            case Choice("message"):
                await message(call)
                return
            case Choice("wait") | NoChoice():  # who says nothing waits
                async with call.music():
                    await first_of(call.wait(PATIENCE_S), a_seat(call, operator, seats))
    await call_back(call, callbacks)


async def connect(call: Call, operator: str) -> bool:
    SEATS[operator] += 1
    try:
        outcome = await call.dial(operator.split())
        if isinstance(outcome, Answered):
            await call.bridge(outcome.leg)
            return True
    finally:
        SEATS[operator] -= 1
    return False


async def a_seat(call: Call, operator: str, seats: int) -> None:
    """Returns when somebody may be free, at the earliest after a while: who is free may still not answer."""
    await call.wait(5.0)
    while SEATS[operator] >= seats:
        await call.wait(1.0)


async def call_back(call: Call, callbacks: Callbacks) -> None:
    """The caller's own number, or one that he presses."""
    number = call.caller_number if call.caller_number.lstrip("+").isdecimal() else ""
    if number:
        this = Named("callback_number", number=number)
        chosen = await call.menu(this, options={"1": number, "2": ""}, tries=2)
        number = chosen.value if isinstance(chosen, Choice) else number
    if not number:
        match await call.ask("callback_enter", kind=DigitString(4, 15), confirm=True):
            case Asked(pressed):
                number = pressed
            case _:
                await message(call)
                return
    await callbacks.request(number, call.language)
    await call.play("callback_noted", "goodbye")


SCHEMA = """
CREATE TABLE IF NOT EXISTS callbacks (
    number TEXT PRIMARY KEY, language TEXT, asked TEXT DEFAULT CURRENT_TIMESTAMP)
"""


class SqliteCallbacks:
    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def request(self, number: str, language: str) -> None:
        sql = "INSERT OR IGNORE INTO callbacks (number, language) VALUES (?, ?)"
        await self._database.change(sql, number, language)

    async def waiting(self) -> list[str]:
        """Numbers to be called, who asked first first."""
        return [
            row[0] for row in await self._database.rows("SELECT number FROM callbacks ORDER BY asked, rowid")
        ]
