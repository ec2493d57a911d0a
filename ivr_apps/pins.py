"""PINs: asked for in secret, checked slowly, and locked after a few wrong ones."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from typing import Protocol

from ivr_apps.database import Database
from voicecore.ivr import Asked, Call, DigitString

MAX_FAILURES = 5
"""Wrong PINs in a row, over all calls, after which the right one does not help any more."""


class Pins(Protocol):
    async def is_right(self, owner: str, pin: str) -> bool:
        """False also for an owner that there is not, so that nobody learns which there are."""


async def enter_pin(call: Call, pins: Pins, owner: str, prompt: str) -> bool:
    """What is pressed stands in no log, journal or recording."""
    for _ in range(3):
        async with call.secret():
            match await call.ask(prompt, kind=DigitString(4, 12), speech=False):
                case Asked(pin):
                    async with call.filler("one_moment"):
                        is_right = await pins.is_right(owner, pin)
                case _:
                    return False
        if is_right:
            return True
        await call.play("wrong_pin")
    return False


SCHEMA = "CREATE TABLE IF NOT EXISTS pins (owner TEXT PRIMARY KEY, hash BLOB, failures INTEGER)"


class SqlitePins:
    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def set(self, owner: str, pin: str) -> None:
        row = (owner, _hash(owner, pin))
        await self._database.change("INSERT OR REPLACE INTO pins VALUES (?, ?, 0)", *row)

    async def is_right(self, owner: str, pin: str) -> bool:
        hashed = _hash(owner, pin)

        def work(connection: sqlite3.Connection) -> bool:
            # One UPDATE first: two calls at once cannot both try the same number of times.
            counted = connection.execute("UPDATE pins SET failures = failures + 1 WHERE owner = ?", (owner,))
            if not counted.rowcount:
                return False
            sql = "SELECT hash, failures FROM pins WHERE owner = ?"
            right, failures = connection.execute(sql, (owner,)).fetchone()
            if not hmac.compare_digest(right, hashed) or failures > MAX_FAILURES:
                return False
            connection.execute("UPDATE pins SET failures = 0 WHERE owner = ?", (owner,))
            return True

        return await self._database.do(work)


def _hash(owner: str, pin: str) -> bytes:
    """It does not save a PIN of four digits from who has the file: the file is to be guarded."""
    return hashlib.scrypt(pin.encode(), salt=owner.encode(), n=2**10, r=8, p=1)
