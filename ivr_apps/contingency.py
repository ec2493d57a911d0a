"""Tells callers of an area about a disturbance there, while staff have it switched on; the rest hear nothing of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from ivr_apps import main_menu
from ivr_apps.database import FILE, Database
from ivr_apps.handover import to_operator
from ivr_apps.pins import Pins, SqlitePins, enter_pin
from voicecore.ivr import Asked, Call, Choice, DigitString, NoChoice, NotAsked, WholeNumber

NOTICES = {"1": "notice_outage", "2": "notice_maintenance", "3": "notice_weather"}
"""What can be told, by the key that switches it on: prompts of the manifest."""


class Notices(Protocol):
    """What is told now, by the first digits of the callers' numbers."""

    async def notice_for(self, number: str, now: float) -> str | None: ...
    async def switch_on(self, area: str, notice: str, until: float) -> None: ...
    async def switch_off(self, area: str) -> None: ...


async def main(call: Call, database: str = FILE, operator: str = "") -> None:
    """For callers: the notice of their area, where there is one, and then the main menu."""
    await tell(call, SqliteNotices(database), operator)


async def tell(call: Call, notices: Notices, operator: str = "") -> None:
    notice = await notices.notice_for(call.caller_number.lstrip("+"), call.now.timestamp())
    if notice is not None:
        await call.answer()
        # Most callers wanted to know just that, and hang up here.
        options = {"1": "menu", "0": "operator"}
        match await call.menu(notice, "notice_menu", options=options, tries=1):
            case Choice("operator"):
                await to_operator(call, operator, [notice])
                return
            case Choice():
                pass
            case _:
                await call.play("goodbye")
                return
    await main_menu.main(call, operator)


async def switch(call: Call, database: str = FILE, operator: str = "") -> None:
    """For staff, who know the PIN of "staff": switches a notice on for an area and so many hours, or off."""
    await switch_notices(call, SqliteNotices(database), SqlitePins(database), operator)


async def switch_notices(call: Call, notices: Notices, pins: Pins, operator: str = "") -> None:
    await call.answer()
    with call.universal(operator="*"):
        if not await enter_pin(call, pins, "staff", "enter_pin"):
            await to_operator(call, operator)
            return
        match await call.ask("notice_area", kind=DigitString(1, 15), confirm=True):
            case Asked(area):
                pass
            case _:
                await to_operator(call, operator)
                return
        match await call.menu("notice_switch", options={**NOTICES, "0": ""}):
            case Choice(""):
                await notices.switch_off(area)
                call.note(f"nothing is told to {area}")
                await call.play("notice_is_off")
            case Choice(notice):
                await switch_on(call, notices, area, notice)
            case NoChoice():
                pass
    await call.play("goodbye")


async def switch_on(call: Call, notices: Notices, area: str, notice: str) -> None:
    match await call.ask("notice_hours", kind=WholeNumber(1, 72)):
        case Asked(hours):
            until = call.now + timedelta(hours=hours)
            await notices.switch_on(area, notice, until.timestamp())
            call.note(f"{notice} is told to {area} until {until:%Y-%m-%d %H:%M} UTC")
            await call.play("notice_is_on")
        case NotAsked():
            pass


SCHEMA = "CREATE TABLE IF NOT EXISTS notices (area TEXT PRIMARY KEY, notice TEXT, until REAL)"


class SqliteNotices:
    """The longest area that the number begins with counts."""

    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def notice_for(self, number: str, now: float) -> str | None:
        rows = await self._database.rows(
            "SELECT notice FROM notices WHERE substr(?, 1, length(area)) = area AND until > ?"
            " ORDER BY length(area) DESC LIMIT 1",
            *(number, now),
        )
        return rows[0][0] if rows and rows[0][0] in NOTICES.values() else None

    async def switch_on(self, area: str, notice: str, until: float) -> None:
        await self._database.change("INSERT OR REPLACE INTO notices VALUES (?, ?, ?)", area, notice, until)

    async def switch_off(self, area: str) -> None:
        await self._database.change("DELETE FROM notices WHERE area = ?", area)
