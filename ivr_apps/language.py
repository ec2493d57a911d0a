"""Language choice: asked once, in every language, and remembered for the next call of the same number."""

from __future__ import annotations

from typing import Protocol

from ivr_apps import main_menu
from ivr_apps.database import FILE, Database
from voicecore.ivr import Call, Choice, InLanguage, NoChoice

LANGUAGES = {"1": "en", "2": "zh"}


class Preferences(Protocol):
    async def language_of(self, number: str) -> str | None: ...
    async def prefers(self, number: str, language: str) -> None: ...


async def main(call: Call, database: str = FILE, operator: str = "") -> None:
    await choose(call, SqlitePreferences(database))
    await main_menu.main(call, operator)


async def choose(call: Call, preferences: Preferences) -> None:
    """Sets the call's language. Who chooses nothing keeps the number's own."""
    await call.answer()
    number = call.caller_number
    known = await preferences.language_of(number) if number else None
    if known is not None and known in LANGUAGES.values():
        call.language = known
        return
    # Each language asks for itself, in its own voice.
    asks = [InLanguage("language_choice", one) for one in LANGUAGES.values()]
    match await call.menu(*asks, options=LANGUAGES, tries=2):
        case Choice(language):
            call.language = language
            if number:
                await preferences.prefers(number, language)
        case NoChoice():
            pass


SCHEMA = "CREATE TABLE IF NOT EXISTS languages (number TEXT PRIMARY KEY, language TEXT)"


class SqlitePreferences:
    def __init__(self, file: str) -> None:
        self._database = Database(file, SCHEMA)

    async def language_of(self, number: str) -> str | None:
        rows = await self._database.rows("SELECT language FROM languages WHERE number = ?", number)
        return rows[0][0] if rows else None

    async def prefers(self, number: str, language: str) -> None:
        await self._database.change("INSERT OR REPLACE INTO languages VALUES (?, ?)", number, language)
